import type { History } from './history.ts';
import type { Plan } from './plan.ts';

/** A slot is used up to so long after its time: the store's answer may be on the way for 300 ms, the call comes within 100. */
const LATE_S = 0.4;

/** Over any second a provider is called no more than its limit says, and what the documented slack adds. */
export function judgeRate(history: History, provider: string, perSecond: number, { kinds }: Plan): void {
  // A clock that steps takes the slots of its process along.
  if (kinds.includes('clocks')) return;
  const times = [...history.messages()]
    .flatMap(({ calls }) => calls.filter((call) => call.provider === provider).map(({ at }) => at))
    .toSorted((a, b) => a - b);
  const most = Math.ceil(perSecond * (1 + LATE_S)) + 2;
  let first = 0;
  for (const [index, at] of times.entries()) {
    while ((times[first] ?? at) <= at - 1_000) first += 1;
    const calls = index - first + 1;
    if (calls > most) return history.violation('rate', `${provider} is called ${calls} times in a second`);
  }
}
