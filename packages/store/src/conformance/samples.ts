import {
  messageIdOf,
  newExecutionId,
  type AuditEntry,
  type DeadLetter,
  type Fixture,
  type Surface,
  type SurfaceOf,
  type Tenant,
} from '@herald/contracts';
import type {
  AttemptKey,
  CampaignHead,
  CampaignVersion,
  ClaimEntry,
  ExecutionRecord,
  KeyRecord,
  ResultEntry,
  RoundEntry,
  Suppression,
  TakeoverEntry,
} from '../port.ts';

export const NOW = Date.parse('2026-01-02T03:04:05.678Z');
const TIME = new Date(NOW).toISOString();

let made = 0;
/** Unique in this process. */
export const unique = (prefix: string): string => `${prefix}-${(made += 1)}`;

/** The id of an execution accepted at a time; later calls give greater ids for the same time. */
export function executionIdAt(time: number): string {
  made += 1;
  const ms = time.toString(16).padStart(12, '0');
  return newExecutionId(`${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-${made.toString(16).padStart(12, '0')}`);
}

export const aKey = (tenant: Tenant, over: Partial<KeyRecord> = {}): KeyRecord => ({
  ...tenant,
  id: unique('key'),
  name: 'a key',
  scopes: ['execute', 'read'],
  hash: unique('hash'),
  createdAt: TIME,
  ...over,
});

export const aSurface = (over: Partial<SurfaceOf<'email'>> = {}): Surface => ({
  id: unique('surface'),
  name: 'mail',
  channel: 'email',
  status: 'active',
  sender: { name: 'Ada', address: 'ada@example.com' },
  providers: ['smtp'],
  revision: 1,
  createdAt: TIME,
  modifiedAt: TIME,
  ...over,
});

export const aHead = (over: Partial<CampaignHead> = {}): CampaignHead => ({
  id: unique('campaign'),
  channel: 'email',
  category: 'transactional',
  state: 'draft',
  version: 1,
  revision: 1,
  createdAt: TIME,
  modifiedAt: TIME,
  ...over,
});

export const aVersion = (version = 1, html = '<p>{{context.a}}</p>'): CampaignVersion => ({
  version,
  content: {
    title: 'Password reset',
    description: '',
    surfaceId: 'surface',
    content: { subject: 'Reset', html },
    namespace: 'email',
    createProfiles: false,
    timeToLive: 300,
    guarantee: 'at-least-once',
    onMissing: 'empty',
  },
});

export const aFixture = (name: string, over: Partial<Fixture> = {}): Fixture => ({
  name,
  modifiedAt: TIME,
  request: {
    recipients: [
      { type: 'external', userId: 'ada@example.com', namespace: 'email', context: { code: 1, tags: ['a'] } },
    ],
  },
  ...over,
});

export const anEntry = (over: Partial<AuditEntry> = {}): AuditEntry => ({
  id: unique('entry'),
  at: TIME,
  keyId: 'key',
  action: 'change',
  objectType: 'surface',
  objectId: 'surface',
  fields: ['name'],
  ...over,
});

export const aSuppression = (address: string, over: Partial<Suppression> = {}): Suppression => ({
  channel: 'email',
  address,
  reason: 'bounced',
  createdAt: TIME,
  ...over,
});

export const anExecution = (tenant: Tenant, over: Partial<ExecutionRecord> = {}): ExecutionRecord => ({
  ...tenant,
  executionId: executionIdAt(over.acceptedAt ?? NOW),
  campaignId: 'campaign',
  campaignVersion: 1,
  requestId: unique('request'),
  keyId: 'key',
  channel: 'email',
  lane: 'transactional',
  guarantee: 'at-least-once',
  bodyHash: 'body',
  recipients: ['recipient-0', 'recipient-1'],
  acceptedAt: NOW,
  deadline: NOW + 60_000,
  ...over,
});

/** The first attempt of the first message of an execution. */
export const anAttempt = (time = NOW): AttemptKey => ({
  messageId: messageIdOf(executionIdAt(time), 0),
  round: 1,
  attempt: 1,
});

export const aClaim = (tenant: Tenant, key: AttemptKey, over: Partial<ClaimEntry> = {}): ClaimEntry => ({
  ...key,
  ...tenant,
  at: NOW,
  executionId: key.messageId.split('.')[0] ?? '',
  stage: 'sender-email',
  input: { topic: 'herald.transactional.email.rendered', partition: 1, offset: 2 },
  times: { accepted: NOW, resolved: NOW + 1, rendered: NOW + 2 },
  plan: { kind: 'call', provider: 'smtp', leaseUntil: NOW + 30_000 },
  ...over,
});

export const aResult = (key: AttemptKey, over: Partial<ResultEntry> = {}): ResultEntry => ({
  ...key,
  at: NOW + 5,
  outcome: { kind: 'final', state: 'sent', reason: 'accepted' },
  provider: 'smtp',
  providerMessageId: 'queued as 1',
  ...over,
});

export const aTakeover = (key: AttemptKey, k: number): TakeoverEntry => ({
  ...key,
  at: NOW + k,
  k,
  leaseUntil: NOW + k + 30_000,
});

export const aRound = (
  tenant: Tenant,
  messageId: string,
  round: number,
  over: Partial<RoundEntry> = {},
): RoundEntry => ({
  ...tenant,
  messageId,
  round,
  at: NOW,
  by: 'key',
  deadline: NOW + 60_000,
  input: { topic: 'herald.dead', partition: 0, offset: 7 },
  ...over,
});

export const aDeadLetter = (tenant: Tenant | undefined, over: Partial<DeadLetter> = {}): DeadLetter => ({
  id: unique('dead'),
  ...tenant,
  reason: 'unreadable',
  stage: 'render',
  detail: 'header type',
  attempts: 1,
  at: NOW,
  position: { topic: 'herald.dead', partition: 0, offset: 1 },
  ...over,
});
