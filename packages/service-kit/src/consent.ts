import type { Channel, Lane } from '@herald/contracts';
import { readAttribute, type Attributes } from '@herald/templates';

/** `n`: no; `dn`: no unless somebody says otherwise. XDM's other values are no refusal. */
const isNo = (choice: string | undefined): boolean => choice === 'n' || choice === 'dn';
const isYes = (choice: string | undefined): boolean => choice === 'y' || choice === 'dy';

/**
 * The attribute by which a person refuses messages of a lane on a channel; undefined: they may be sent. What is said of
 * the channel goes before what is said of any, as in XDM. Whoever said nothing has not refused.
 */
export function refusedBy(lane: Lane, channel: Channel, attributes: Attributes): string | undefined {
  const own = `consents.${lane}.${channel}.val`;
  const choice = readAttribute(attributes, own);
  if (isNo(choice)) return own;
  if (isYes(choice)) return undefined;
  const any = `consents.${lane}.any.val`;
  return isNo(readAttribute(attributes, any)) ? any : undefined;
}
