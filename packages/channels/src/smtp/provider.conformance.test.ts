import { testProvider, type Behaviour, type TestServer } from '../conformance.ts';
import { outgoing } from '../testing/outgoing.ts';
import { startScriptedServer, type Script } from '../testing/smtp-script.ts';
import { createSmtpProvider } from './provider.ts';

/** The scripted server in the suite's words. */
async function testServer(ehlo: readonly string[]): Promise<TestServer> {
  const server = await startScriptedServer();
  const scripts: Record<Behaviour, Script> = {
    accept: {},
    'refuse-for-now': { RCPT: { reply: '450 4.2.1 later' } },
    'refuse-for-good': { RCPT: { reply: '550 5.1.1 never' } },
    silent: { greeting: { ending: 'hang' } },
    'break-early': { MAIL: { ending: 'reset' } },
    'silent-at-the-end': { dot: { ending: 'hang' } },
    'break-at-the-end': { dot: { ending: 'reset' } },
    wait: { dot: { wait: true } },
  };
  const behave = (how: Behaviour): void => {
    server.script = { EHLO: { reply: ehlo }, ...scripts[how] };
    server.release();
  };
  behave('accept');
  return {
    url: server.url,
    behave,
    accepted: () => server.accepted.length,
    waiting: () => server.waiting,
    close: () => server.close(),
  };
}

const create = (options: { url: string; connections: number; timeoutMs: number }) =>
  createSmtpProvider({ name: 'smtp', ...options });

testProvider('SMTP, pipelining', {
  server: () => testServer(['250-test', '250-PIPELINING', '250 SIZE 1000000']),
  create,
  outgoing: (messageId) => outgoing({ messageId }),
});

testProvider('SMTP without pipelining, by nodemailer’s own pool', {
  server: () => testServer(['250-test', '250 SIZE 1000000']),
  create,
  outgoing: (messageId) => outgoing({ messageId }),
});
