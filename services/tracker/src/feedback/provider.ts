import { classifyReply, replyCodes, type Report } from '@herald/channels/feedback';
import type { FeedbackItem } from '@herald/contracts';
import type { ProviderMessage, Store } from '@herald/store';
import type { Told } from './intake.ts';

/** What a provider says in its items, those that it names by its own ids included; undefined: nobody knows that one. */
export async function readItems(
  { feedback }: Pick<Store, 'feedback'>,
  provider: string,
  items: readonly FeedbackItem[],
): Promise<(Told | undefined)[]> {
  const names = items.flatMap(({ providerMessageId }): ProviderMessage[] =>
    providerMessageId === undefined ? [] : [{ provider, providerMessageId }],
  );
  const messages = await feedback.named(names);
  const byName = new Map(names.map(({ providerMessageId }, place) => [providerMessageId, messages[place]]));
  return items.map((item) => {
    const messageId = item.messageId ?? byName.get(item.providerMessageId ?? '');
    if (messageId === undefined) return undefined;
    return {
      messageId,
      report: reportOf(item),
      ...(item.at === undefined ? {} : { at: Date.parse(item.at) }),
      ...(item.id === undefined ? {} : { id: item.id }),
    };
  });
}

function reportOf({ kind, type, code = '', detail = '' }: FeedbackItem): Report {
  if (kind === 'delivered') return { kind };
  const text = `${code} ${detail}`;
  const codes = replyCodes(text);
  const shown = [codes.reply, codes.status].filter(Boolean).join(' ') || (isCode(code) ? code : undefined);
  const why = shown === undefined ? {} : { detail: shown };
  if (kind === 'complained') return { kind, reason: 'spam-complaint', ...why };
  const { reason, bounce } = classifyReply(codes, text);
  return { kind, reason, bounce: type ?? bounce, ...why };
}

/** A name or a short number: nothing that could be an address or a text. */
const isCode = (text: string): boolean => /^(?:[A-Za-z][A-Za-z_.-]{0,39}|\d{1,6})$/.test(text);
