import type { Channel, ExecutionAccepted, ExecutionView, MessageView, Problem, Received } from '@herald/contracts';
import { checkOf } from './described.ts';
import { linesOf } from './lines.ts';
import { until } from './until.ts';

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/**
 * An HTTP client of the kind that a user would write: it knows URLs and JSON, and nothing of Herald's inside. An answer
 * that the server's OpenAPI document does not describe is an error, whatever the test is about.
 */
export interface Client {
  readonly url: string;
  readonly key: string;
  call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>;
  /** An active surface and a live campaign; of the channel that it names, or email. */
  campaign(over?: CampaignOver, surface?: object): Promise<string>;
  trigger(campaignId: string, over?: TriggerOptions): Promise<Answer<ExecutionAccepted & Problem>>;
  /** The execution's first message, once it is final (or in another given state). */
  finalMessage(executionId: string, states?: readonly string[]): Promise<MessageView>;
  /** The emails in the inbox. */
  inbox(): Promise<readonly InboxMail[]>;
  /** What is in the inbox, newest first: all of it, or what the query asks for. */
  received(query?: { readonly channel?: Channel; readonly to?: string }): Promise<readonly Received[]>;
  as(key: string): Client;
}

export interface CampaignOver {
  readonly channel?: Channel;
  readonly [field: string]: unknown;
}

export interface TriggerOptions {
  readonly requestId?: string;
  readonly recipients?: readonly object[];
  readonly context?: object;
  readonly headers?: Record<string, string>;
}

export interface InboxMail {
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

export const FINAL = ['sent', 'failed', 'excluded', 'expired', 'dead'];

let sequence = 0;
/** Unique within this run, so that suites do not meet. */
export const unique = (prefix: string): string => `${prefix}-${process.pid}-${(sequence += 1)}`;

export const recipient = (over: object = {}): object => ({
  type: 'external',
  namespace: 'email',
  userId: `${unique('user')}@example.com`,
  context: { name: 'Ada', resetUrl: 'https://accounts.example/reset?a=1' },
  ...over,
});

const DEFAULTS = {
  email: {
    sender: { name: 'Herald', address: 'no-reply@herald.example' },
    content: {
      subject: 'Reset your password, {{context.name}}',
      html: '<p>Hello {{context.name}}</p><p><a href="{{context.resetUrl}}">reset</a></p>',
      text: 'Hello {{context.name}}: {{context.resetUrl}}',
    },
  },
  sms: { sender: { from: '+4552515253' }, content: { text: '{{context.code}} is your code' } },
  push: { content: { title: 'Hello {{context.name}}', body: 'Your order is on its way' } },
} as const satisfies Record<Channel, object>;

/** A recipient of SMS: a number of its own, of the range that is nobody's. */
export const phone = (over: object = {}): object => {
  const userId = `+1555${String((Date.now() % 1_000) * 10_000 + (sequence += 1)).padStart(7, '0')}`;
  return recipient({ namespace: 'phone', userId, context: { code: '493817' }, ...over });
};

/** A recipient of pushes, at a subscription. */
export const device = (pushInfo: object, over: object = {}): object =>
  recipient({ namespace: 'crm', userId: unique('device'), channelData: { pushInfo }, ...over });

/** Which process answers a call, where there are several. */
export type ServerOf = (path: string, method: string) => string;

export function createClient(url: string, key: string, serverOf: ServerOf = () => url): Client {
  const client: Client = {
    url,
    key,
    async call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
      const server = serverOf(path, method);
      const check = await checkOf(server);
      const response = await fetch(`${server}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      check({ method, path, body, status: response.status, headers: response.headers, text });
      const type = response.headers.get('content-type') ?? '';
      const json = text !== '' && type.includes('json');
      const parsed: unknown =
        text !== '' && type === 'application/x-ndjson' ? { lines: linesOf(text) } : json ? JSON.parse(text) : { text };
      return { status: response.status, headers: response.headers, body: parsed as T };
    },
    async campaign(over = {}, surfaceOver = {}) {
      const { channel = 'email' } = over;
      const { content, ...sender } = DEFAULTS[channel];
      const surface = await client.call<{ id: string }>('POST', '/v1/surfaces', {
        name: unique('surface'),
        channel,
        ...sender,
        ...surfaceOver,
      });
      const campaign = await client.call<{ id: string }>('POST', '/v1/campaigns', {
        title: 'Password reset',
        channel,
        surfaceId: surface.body.id,
        content,
        ...over,
      });
      const activated = await client.call('POST', `/v1/campaigns/${campaign.body.id}/activate`);
      if (activated.status !== 200) throw new Error(`not activated: ${JSON.stringify([campaign, activated])}`);
      return campaign.body.id;
    },
    trigger: (campaignId, { requestId = unique('request'), recipients, context, headers } = {}) =>
      client.call(
        'POST',
        '/ajo/im/executions/unitary',
        { requestId, campaignId, recipients: recipients ?? [recipient(context === undefined ? {} : { context })] },
        headers,
      ),
    finalMessage: (executionId, states = FINAL) =>
      until(`${executionId} is ${states.join(' or ')}`, async () => {
        const { body } = await client.call<ExecutionView>('GET', `/v1/executions/${executionId}`);
        const [first] = body.messages ?? [];
        return first !== undefined && states.includes(first.state) ? first : undefined;
      }),
    inbox: async () => (await client.received({ channel: 'email' })) as unknown as readonly InboxMail[],
    async received(query = {}) {
      const path = `/v1/inbox?${new URLSearchParams({ limit: '100', ...query }).toString()}`;
      return (await client.call<{ items: Received[] }>('GET', path)).body.items;
    },
    as: (other) => createClient(url, other, serverOf),
  };
  return client;
}
