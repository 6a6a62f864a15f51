import { retryMsOf, type CampaignContent, type CampaignIssue, type Surface } from '@herald/contracts';
import { invalid, type Refusal } from '@herald/service-kit';

interface Policy {
  readonly retryMs?: readonly number[] | null | undefined;
}

/** What is wrong with a retry policy: the first wait that is no rung of the ladder. */
function wrongRung({ retryMs }: Policy, ladderMs: readonly number[]): { place: number; message: string } | undefined {
  const place = (retryMs ?? []).findIndex((delayMs) => !ladderMs.includes(delayMs));
  if (place === -1) return undefined;
  return { place, message: `must be a rung of the ladder, which has ${ladderMs.join(', ')}` };
}

/** Refuses a policy that names other waits than the ladder has. */
export function retryProblem(policy: Policy, ladderMs: readonly number[]): Refusal<'invalid-body'> | undefined {
  const wrong = wrongRung(policy, ladderMs);
  return wrong && invalid({ field: `retryMs[${wrong.place}]`, message: wrong.message });
}

/** What is wrong with the policy that a campaign has of its own or by its surface, or not as its author may think. */
export function retryIssues(
  { retryMs, timeToLive }: Pick<CampaignContent, 'retryMs' | 'timeToLive'>,
  surface: Surface | undefined,
  ladderMs: readonly number[],
): CampaignIssue[] {
  const policy = retryMsOf({ retryMs }, surface);
  if (policy === undefined) return [];
  const field = retryMs === undefined ? 'surfaceId' : 'retryMs';
  const whose = retryMs === undefined ? 'names a surface whose retryMs ' : '';
  const wrong = wrongRung({ retryMs: policy }, ladderMs);
  if (wrong !== undefined) return [{ severity: 'error', field, message: `${whose}${wrong.message}` }];
  const waits = policy.reduce((sum, delayMs) => sum + delayMs, 0);
  if (waits < timeToLive * 1_000) return [];
  const message = `${whose}takes ${waits / 1_000} s to its last attempt, and a message lives for ${timeToLive} s: what is left of it is never made`;
  return [{ severity: 'warning', field, message }];
}
