import type { MessageView, Received } from '@herald/contracts';

type Say = (text?: string) => void;

/** What a server received, as it received it. */
export function showReceived(received: Received, say: Say): void {
  say(`What the ${SERVERS[received.channel]} received:\n`);
  for (const line of LINES[received.channel](received as never)) say(`  ${line}`);
  say();
}

const SERVERS = { email: 'mail server', sms: 'SMS provider', push: 'push service' };

const LINES = {
  email: ({ headers, text }: Received & { channel: 'email' }) => [
    ...headers.map(({ name, value }) => `${name}: ${value}`),
    '',
    ...text.trimEnd().split('\n'),
  ],
  sms: ({ envelope, text, validityPeriod = 0 }: Received & { channel: 'sms' }) => [
    `From: ${envelope.from}`,
    `To: ${envelope.to.join(', ')}`,
    `Valid for: ${validityPeriod} s`,
    '',
    text,
  ],
  push: ({ title, body, link = '', ttl, urgency }: Received & { channel: 'push' }) => [
    `TTL: ${ttl} s, urgency: ${urgency}, encrypted for one device`,
    '',
    title,
    body,
    link,
  ],
};

/** Where the time went. */
export function showMessage({ messageId, state, timeline }: MessageView, say: Say): void {
  const steps = timeline.map(
    ({ step, ms, provider }) => `${step} +${ms} ms${step === 'claimed' && provider ? ` by ${provider}` : ''}`,
  );
  say(`Message ${messageId} is ${state}:\n\n  ${steps.join(', ')}\n`);
}
