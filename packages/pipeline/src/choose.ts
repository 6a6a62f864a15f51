import type { Channel, MessageMeta } from '@herald/contracts';
import type { Account } from './account.ts';
import type { Pass } from './circuit.ts';
import type { Hold } from './outcome.ts';

export interface Choice<C extends Channel> {
  readonly account: Account<C>;
  readonly pass: Pass;
}

/**
 * The first provider of the list that is configured and works. What failed the message at the attempt before is asked
 * last, and what may have taken it is asked and nobody else. Nobody works: it is held, which uses up no attempt.
 */
export function chooseAccount<C extends Channel>(
  accounts: ReadonlyMap<string, Account<C>>,
  providers: readonly string[],
  { keepsProvider, leftProvider }: Pick<MessageMeta, 'keepsProvider' | 'leftProvider'>,
): Choice<C> | Hold {
  let isConfigured = false;
  for (const name of keepsProvider === undefined ? startingAfter(leftProvider, providers) : [keepsProvider]) {
    const account = accounts.get(name);
    if (account === undefined) continue;
    isConfigured = true;
    const pass = account.circuit.enter();
    if (pass !== undefined) return { account, pass };
  }
  // An operator's mistake, not the message's: it waits for a provider to be configured.
  return { kind: 'hold', reason: isConfigured ? 'circuit-open' : 'provider-missing' };
}

function startingAfter(name: string | undefined, providers: readonly string[]): readonly string[] {
  const at = name === undefined ? -1 : providers.indexOf(name);
  return at === -1 ? providers : [...providers.slice(at + 1), ...providers.slice(0, at + 1)];
}
