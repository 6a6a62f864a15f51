/** What the demo shows of a message: `GET /v1/messages/{id}`. */
export interface Message {
  readonly messageId: string;
  readonly state: string;
  readonly reason?: string;
  readonly timeline: readonly { readonly step: string; readonly ms: number; readonly provider?: string }[];
}

/** What the demo shows of a received mail: `GET /v1/inbox`. */
export interface Mail {
  readonly messageId: string;
  readonly text: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

type Say = (text?: string) => void;

/** The mail as the server received it. */
export function showMail(mail: Mail, say: Say): void {
  say('What the mail server received:\n');
  for (const { name, value } of mail.headers) say(`  ${name}: ${value}`);
  say();
  for (const line of mail.text.trimEnd().split('\n')) say(`  ${line}`);
  say();
}

/** Where the time went. */
export function showMessage({ messageId, state, timeline }: Message, say: Say): void {
  say(`Message ${messageId} is ${state}:\n`);
  for (const { step, ms, provider } of timeline) {
    say(`  ${step.padEnd(12)} ${`+${ms} ms`.padStart(8)}${provider === undefined ? '' : `  by ${provider}`}`);
  }
  say();
}
