export interface SmsSegments {
  readonly encoding: 'gsm-7' | 'ucs-2';
  /** How many messages a provider sends, and bills. */
  readonly segments: number;
  /** Unicode code points. */
  readonly characters: number;
}

/** GSM 03.38, 6.2.1: the basic table, and what needs an escape in front of it. */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿' +
  'abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENDED = '\f^{}\\[~]|€';
const SEPTETS: ReadonlyMap<string, number> = new Map([
  ...Array.from(BASIC, (character) => [character, 1] as const),
  ...Array.from(EXTENDED, (character) => [character, 2] as const),
]);

/** What one message holds, and one of several: there a header takes six bytes. In septets or UTF-16 units. */
const SIZES = { 'gsm-7': { single: 160, several: 153 }, 'ucs-2': { single: 70, several: 67 } } as const;

/** How a text is sent. A character is never divided between two messages. */
export function smsSegments(text: string): SmsSegments {
  const characters = Array.from(text);
  const septets = characters.map((character) => SEPTETS.get(character));
  const encoding = septets.includes(undefined) ? 'ucs-2' : 'gsm-7';
  const sizes = characters.map((character, at) => (encoding === 'gsm-7' ? (septets[at] ?? 1) : character.length));
  const { single, several } = SIZES[encoding];
  let segments = 1;
  if (sizes.reduce((sum, size) => sum + size, 0) > single) {
    let used = 0;
    for (const size of sizes) {
      if (used + size > several) {
        segments += 1;
        used = 0;
      }
      used += size;
    }
  }
  return { encoding, segments, characters: characters.length };
}
