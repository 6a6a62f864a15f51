import { fromJson } from './json.ts';
import type { RoundEntry } from './port.ts';

/** A round as it is stored: under `message/round`, so that the first insert wins. */
export const roundId = ({ messageId, round }: Pick<RoundEntry, 'messageId' | 'round'>): string =>
  `${messageId}/${round}`;

export function roundBody({ org, sandbox, at, by, note, deadline, notBefore, input }: RoundEntry): string {
  return JSON.stringify({ org, sandbox, at, by, note, deadline, notBefore, input });
}

export function toRound(id: string, body: string): RoundEntry {
  const at = id.lastIndexOf('/');
  return {
    messageId: id.slice(0, at),
    round: Number(id.slice(at + 1)),
    ...fromJson<Omit<RoundEntry, 'messageId' | 'round'>>(body),
  };
}

/** The rounds of each message, by number. */
export function roundsOf(messageIds: readonly string[], found: readonly RoundEntry[]): RoundEntry[][] {
  const byMessage = Map.groupBy(found, ({ messageId }) => messageId);
  return messageIds.map((id) => (byMessage.get(id) ?? []).toSorted((a, b) => a.round - b.round));
}
