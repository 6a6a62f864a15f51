import { Schema, type Connection, type IndexDefinition, type IndexOptions, type Model } from 'mongoose';
import type { Unique } from './insert-once.ts';

/**
 * The collections. What a document says is in its `body`, as JSON: JSON keeps every text and every name of an attribute,
 * where the database's own format knows no half surrogate pair and no name with a zero byte. Beside it stands what is
 * looked for, in forms that are always storable (`idOf`). Nothing that a unique index covers is ever changed.
 */
export interface Models {
  readonly settings: Model<SettingDocument>;
  readonly keys: Model<KeyDocument>;
  readonly surfaces: Model<SurfaceDocument>;
  readonly campaigns: Model<CampaignDocument>;
  readonly audit: Model<AuditDocument>;
  readonly contents: Model<ContentDocument>;
  readonly fixtures: Model<FixtureDocument>;
  readonly identities: Model<IdentityDocument>;
  readonly profiles: Model<ProfileDocument>;
  readonly suppressions: Model<SuppressionDocument>;
  readonly executions: Model<ExecutionDocument>;
  readonly confirmations: Model<Unique>;
  readonly cancellations: Model<BodyDocument>;
  readonly ledger: Model<BodyDocument>;
  readonly caps: Model<Unique>;
  readonly tallies: Model<BodyDocument>;
  readonly providerGrants: Model<GrantDocument>;
  readonly rounds: Model<RoundDocument>;
  readonly endings: Model<EndingDocument>;
  readonly deadLetters: Model<DeadLetterDocument>;
  readonly feedback: Model<FeedbackDocument>;
  readonly providerMessages: Model<ProviderMessageDocument>;
  readonly contentItems: Model<ContentItemDocument>;
  readonly webhooks: Model<WebhookDocument>;
  readonly webhookDeliveries: Model<WebhookDeliveryDocument>;
  readonly uploads: Model<OwnedDocument>;
}

export interface BodyDocument extends Unique {
  readonly body: string;
}
/** What a tenant owns and lists. */
export interface OwnedDocument extends BodyDocument {
  /** `idOf(tenant)`. */
  readonly tenant: string;
  /** Ascends in the order of insertion. */
  readonly place: string;
}
/** `_id`: the key's hash. */
export interface KeyDocument extends OwnedDocument {
  /** `idOf(tenant, id)`. */
  readonly owner: string;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
}
export interface SurfaceDocument extends OwnedDocument {
  readonly revision: number;
}
export interface WebhookDocument extends SurfaceDocument {
  /** Milliseconds since the epoch. */
  readonly failingSince?: number;
}
/** `_id`: `idOf(tenant, webhookId, id)`. `tenant`: `idOf(tenant, webhookId)`. */
export interface WebhookDeliveryDocument extends SurfaceDocument {
  /** `idOf(tenant, webhookId, state)`. */
  readonly kind: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
/** `tenant`: `idOf(tenant, kind)`. */
export interface ContentItemDocument extends SurfaceDocument {
  /** `idOf(tenant, kind, name)`. */
  readonly named: string;
}
/** `v1`, `v2`, … */
export type VersionName = `v${number}`;
/** `body`: the head. */
export interface CampaignDocument extends OwnedDocument {
  readonly revision: number;
  /** The id of each version's content. */
  readonly contents: Readonly<Record<VersionName, string>>;
}
/** `_id`: `idOf(tenant, place)`. */
export interface AuditDocument extends OwnedDocument {
  /** `idOf(tenant, objectType)`. */
  readonly type: string;
  /** `idOf(tenant, objectType, objectId)`. */
  readonly object: string;
}
/** `_id`: `idOf(tenant, campaign, version, …)`. Never changed: a draft that is replaced gets another one. */
export interface ContentDocument extends BodyDocument {
  /** The revision of the head that it was made for. */
  readonly revision: number;
}
/** `_id`: `idOf(tenant, campaign, name)`. `body`: all but the request. */
export interface FixtureDocument extends BodyDocument {
  /** `idOf(tenant, campaign)`. */
  readonly campaign: string;
  readonly name: string;
  readonly request: string;
}
/** `_id`: `idOf(tenant, namespace, value)`. `body`: the name as it came. */
export interface IdentityDocument extends BodyDocument {
  /** The profile's `_id`. */
  readonly profile: string;
  /** What its profile begins with: it can be made from its first identity at any time. Further names have none. */
  readonly first?: Omit<ProfileDocument, '_id' | 'attributes'>;
  /** A further name that somebody is about to give to the profile; until then it is nobody's. */
  readonly pending?: boolean;
}
/** `_id`: `idOf(tenant, id)`. `body`: all but the attributes. */
export interface ProfileDocument extends OwnedDocument {
  readonly dataset?: string;
  readonly attributes: string;
  /** Counts the changes of the body. */
  readonly revision: number;
}
/** An entry of the list, `_id`: `idOf(tenant, channel, entry)`; or the mark of an erasure, which has no tenant. */
export interface SuppressionDocument extends Unique {
  readonly tenant?: string;
  readonly place?: string;
  readonly body?: string;
  /** `idOf(tenant, channel, kind)` of an entry. */
  readonly list?: string;
  /** Of a mark: when the person was erased, and until when it stays, milliseconds since the epoch. */
  readonly at?: number;
  readonly until?: number;
  readonly lifted?: boolean;
}
/** `_id`: `idOf(tenant, requestId, campaignId)`. */
export interface ExecutionDocument extends BodyDocument {
  readonly executionId: string;
  readonly tenant: string;
  /** `idOf(tenant, campaignId)`. */
  readonly campaign: string;
  /** Of each recipient, once, `idOf(tenant, recipient)`. */
  readonly recipients: readonly string[];
  readonly deadline: number;
}
/** `_id`: the message's place and the round. */
export interface EndingDocument extends Unique {
  /** `idOf(tenant, state, reason)`. */
  readonly kind: string;
  /** `idOf(tenant, campaignId, state, reason)`. */
  readonly campaignKind: string;
  readonly place: string;
}
/** `_id`: the provider. `body`: what is leased of it. */
export interface GrantDocument extends BodyDocument {
  readonly revision: number;
}
/** `_id`: the message and the round. */
export interface RoundDocument extends BodyDocument {
  readonly deadline: number;
}
export interface DeadLetterDocument extends OwnedDocument {
  readonly resolution?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
/** `_id`: `idOf(tenant, id)`. */
export interface FeedbackDocument extends BodyDocument {
  /** The message's id. */
  readonly message: string;
  /** `idOf(tenant, channel, to)`; absent: the address is not known. */
  readonly address?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
/** `_id`: the provider and its id of the message. */
export interface ProviderMessageDocument extends Unique {
  readonly message: string;
}
export interface SettingDocument extends Unique {
  readonly revision?: number;
  /** Changes of the configuration that are under way, by the mark of each. */
  readonly pending?: Readonly<Record<string, 1>>;
  readonly deadline?: number;
  readonly executionId?: string;
}

const text = { type: String, required: true } as const;
const number = { type: Number, required: true } as const;
const unique = { _id: text, by: String };
const withBody = { ...unique, body: text };
const owned = { ...withBody, tenant: text, place: text };

export function modelsOf(connection: Connection): Models {
  const model = <T extends Unique>(
    name: string,
    fields: Record<keyof T, unknown>,
    ...indexes: (readonly [IndexDefinition, IndexOptions?])[]
  ): Model<T> => {
    const schema = new Schema<T>(fields as never, { versionKey: false, minimize: false, strict: 'throw' });
    for (const [index, options] of indexes) schema.index(index, options);
    return connection.model<T>(name, schema, name);
  };
  return {
    settings: model<SettingDocument>('settings', {
      ...unique,
      revision: Number,
      pending: Schema.Types.Mixed,
      deadline: Number,
      executionId: String,
    }),
    keys: model<KeyDocument>(
      'keys',
      { ...owned, owner: text, expiresAt: String, revokedAt: String },
      [{ tenant: 1, place: 1 }],
      [{ owner: 1 }, { unique: true }],
    ),
    surfaces: model<SurfaceDocument>('surfaces', { ...owned, revision: number }, [{ tenant: 1, place: 1 }]),
    campaigns: model<CampaignDocument>('campaigns', { ...owned, revision: number, contents: Schema.Types.Mixed }, [
      { tenant: 1, place: 1 },
    ]),
    audit: model<AuditDocument>(
      'audit',
      { ...owned, type: text, object: text },
      [{ tenant: 1, place: 1 }],
      [{ type: 1, place: 1 }],
      [{ object: 1, place: 1 }],
    ),
    contents: model<ContentDocument>('contents', { ...withBody, revision: number }),
    fixtures: model<FixtureDocument>('fixtures', { ...withBody, campaign: text, name: text, request: text }, [
      { campaign: 1, name: 1 },
    ]),
    identities: model<IdentityDocument>('identities', {
      ...withBody,
      profile: text,
      first: Schema.Types.Mixed,
      pending: Boolean,
    }),
    profiles: model<ProfileDocument>(
      'profiles',
      { ...owned, dataset: String, attributes: text, revision: number },
      [{ tenant: 1, place: 1 }],
      [{ tenant: 1, dataset: 1, place: 1 }],
    ),
    suppressions: model<SuppressionDocument>(
      'suppressions',
      {
        ...unique,
        tenant: String,
        place: String,
        body: String,
        list: String,
        at: Number,
        until: Number,
        lifted: Boolean,
      },
      [{ tenant: 1, place: 1 }],
      [{ list: 1, place: 1 }, { sparse: true }],
      [{ until: 1 }, { sparse: true }],
    ),
    executions: model<ExecutionDocument>(
      'executions',
      { ...withBody, executionId: text, tenant: text, campaign: text, recipients: [String], deadline: number },
      [{ tenant: 1, executionId: 1 }],
      [{ campaign: 1, executionId: 1 }],
      [{ recipients: 1, executionId: 1 }],
      [{ deadline: 1, executionId: 1 }],
      [{ executionId: 1 }],
    ),
    confirmations: model<Unique>('confirmations', unique),
    cancellations: model<BodyDocument>('cancellations', withBody),
    ledger: model<BodyDocument>('ledger', withBody),
    caps: model<Unique>('caps', unique),
    tallies: model<BodyDocument>('tallies', withBody),
    providerGrants: model<GrantDocument>('providerGrants', { ...withBody, revision: number }),
    rounds: model<RoundDocument>('rounds', { ...withBody, deadline: number }, [{ deadline: 1, _id: 1 }]),
    endings: model<EndingDocument>(
      'endings',
      { ...unique, kind: text, campaignKind: text, place: text },
      [{ kind: 1, place: 1 }],
      [{ campaignKind: 1, place: 1 }],
    ),
    deadLetters: model<DeadLetterDocument>(
      'deadLetters',
      { ...owned, at: number, resolution: String },
      [{ tenant: 1, place: 1 }],
      [{ at: 1 }],
    ),
    feedback: model<FeedbackDocument>(
      'feedback',
      { ...withBody, message: text, address: String, at: number },
      [{ message: 1 }],
      [{ address: 1, at: 1 }, { partialFilterExpression: { address: { $exists: true } } }],
    ),
    providerMessages: model<ProviderMessageDocument>('providerMessages', { ...unique, message: text }, [
      { message: 1 },
    ]),
    contentItems: model<ContentItemDocument>(
      'contentItems',
      { ...owned, revision: number, named: text },
      [{ tenant: 1, place: 1 }],
      [{ named: 1, place: 1 }],
    ),
    webhooks: model<WebhookDocument>('webhooks', { ...owned, revision: number, failingSince: Number }, [
      { tenant: 1, place: 1 },
    ]),
    webhookDeliveries: model<WebhookDeliveryDocument>(
      'webhookDeliveries',
      { ...owned, revision: number, kind: text, at: number },
      [{ tenant: 1, place: 1 }],
      [{ kind: 1, place: 1 }],
      [{ at: 1 }],
    ),
    uploads: model<OwnedDocument>('uploads', owned, [{ tenant: 1, place: 1 }]),
  };
}
