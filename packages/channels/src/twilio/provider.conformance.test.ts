import { testProvider } from '../conformance.ts';
import { startScriptedHttps, type ScriptedHttps } from '../testing/https-script.ts';
import { outgoingSms } from '../testing/outgoing.ts';
import { createTwilioProvider } from './provider.ts';

const SID = `SM${'0a'.repeat(16)}`;
let server: ScriptedHttps;

testProvider('Twilio', {
  async server() {
    server = await startScriptedHttps({
      accept: () => ({ status: 201, body: JSON.stringify({ sid: SID, status: 'queued' }) }),
      'refuse-for-now': { status: 429, body: JSON.stringify({ code: 20429, message: 'Too Many Requests' }) },
      'refuse-for-good': { status: 400, body: JSON.stringify({ code: 21211, message: "Invalid 'To'" }) },
    });
    return server;
  },
  create: (options) =>
    createTwilioProvider({
      name: 'twilio',
      accountSid: `AC${'1'.repeat(32)}`,
      authToken: 'secret',
      ca: server.ca,
      ...options,
    }),
  outgoing: (messageId) => outgoingSms({ messageId }),
});
