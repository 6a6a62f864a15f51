import {
  comparedIdentity,
  identityProblem,
  LIMITS,
  type PreviewInput,
  type Recipient,
  type Tenant,
  type VersionChoice,
} from '@herald/contracts';
import { invalid, refuse, type Refusal } from '@herald/service-kit';
import type { CampaignHead, CampaignVersion, Store } from '@herald/store';
import { reviewOf } from './campaign-view.ts';
import { frozen, publishedFragments } from './fragments.ts';
import { missing } from './rest.ts';

/** One version of a campaign. */
export interface Target {
  readonly head: CampaignHead;
  readonly version: CampaignVersion;
}

/** The version that is to be tried. Read from the store: a draft is never cached. */
export async function targetOf(
  store: Pick<Store, 'campaigns' | 'contentItems'>,
  tenant: Tenant,
  campaignId: string,
  choice: VersionChoice = 'newest',
): Promise<Target | Refusal<'not-found' | 'campaign-state'>> {
  const { campaigns } = store;
  const campaign = await campaigns.get(tenant, campaignId);
  if (campaign === undefined) return missing('campaign');
  const { head, newest } = campaign;
  const number = choice === 'newest' ? head.version : choice === 'live' ? head.liveVersion : choice;
  if (number === undefined) {
    return refuse('campaign-state', { detail: 'no version is live yet', context: { campaignId } });
  }
  const version = number === newest.version ? newest : await campaigns.getVersion(tenant, campaignId, number);
  if (version === undefined) return missing('version');
  // A version that calls use has its fragments already, and one that was handed in for review; another draft is tried
  // with those that are published now.
  const handedIn = number === head.version && reviewOf(head, 'submitted', 'approved') !== undefined;
  if (handedIn || (head.liveVersion !== undefined && number <= head.liveVersion)) return { head, version };
  return { head, version: frozen(version, await publishedFragments(store, tenant, version.content.content)) };
}

/** The recipients to try a campaign with: those that were pasted, or those of a saved fixture. */
export async function samplesOf(
  { fixtures }: Pick<Store, 'fixtures'>,
  tenant: Tenant,
  campaignId: string,
  { request, fixture }: Pick<PreviewInput, 'request' | 'fixture'>,
): Promise<readonly Recipient[] | Refusal<'not-found' | 'invalid-body' | 'too-large'>> {
  if ((request === undefined) === (fixture === undefined)) {
    return invalid({ field: 'request', message: 'must be there, or else fixture' });
  }
  if (request !== undefined) return checkedRecipients(request.recipients, REQUEST);
  const saved = await fixtures.get(tenant, campaignId, fixture ?? '');
  return saved === undefined ? missing('fixture') : checkedRecipients(saved.request.recipients, REQUEST);
}

/** How the body names what is looked at; `unique`: nobody may be there twice. */
interface Names {
  readonly list: string;
  readonly context: string;
  readonly unique: boolean;
}
const REQUEST: Names = { list: 'request.recipients', context: 'context', unique: true };

/** What a call would be refused for, whatever the campaign. */
export function checkedRecipients(
  recipients: readonly Recipient[],
  names: Names,
): readonly Recipient[] | Refusal<'invalid-body' | 'too-large'> {
  const seen = new Set<string>();
  for (const [index, { namespace, userId: value, context }] of recipients.entries()) {
    const at = `${names.list}[${index}]`;
    const identity = comparedIdentity({ namespace, value }).join('\n');
    if (names.unique && seen.has(identity))
      return invalid({ field: `${at}.userId`, message: 'must be unique in a call' });
    seen.add(identity);
    const wrong = identityProblem({ namespace, value });
    if (wrong !== undefined) return invalid({ field: `${at}.userId`, message: wrong });
    if (context === undefined) continue;
    const field = `${at}.${names.context}`;
    if ('system' in context) return invalid({ field: `${field}.system`, message: 'is reserved' });
    const bytes = Buffer.byteLength(JSON.stringify(context));
    if (bytes > LIMITS.contextBytes) {
      const detail = `${field} is ${bytes} bytes of JSON; the limit is ${LIMITS.contextBytes}`;
      return refuse('too-large', { detail, context: { field } });
    }
  }
  return recipients;
}
