/** As much of a message as reports are read by: its parts, their fields and bodies. Bodies are bytes, as latin1 text. */
export interface Part {
  /** In lower case, without parameters: `message/delivery-status`. */
  readonly type: string;
  readonly fields: Fields;
  /** Decoded; empty where there are parts. */
  readonly body: string;
  readonly parts: readonly Part[];
}
/** By name in lower case; every value of it, unfolded, in order. */
export type Fields = ReadonlyMap<string, readonly string[]>;

const MAX_DEPTH = 5;
const MAX_PARTS = 50;
const MAX_FIELDS = 500;
const MAX_VALUE = 4_000;

/** Never throws: what cannot be read is a part without fields. Takes time in proportion to the message's size. */
export const readMessage = (bytes: Uint8Array): Part => readPart(Buffer.from(bytes).toString('latin1'), 0);

function readPart(text: string, depth: number): Part {
  const [head, rest] = splitHead(text);
  const fields = readFields(head);
  const contentType = fields.get('content-type')?.[0] ?? 'text/plain';
  const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  const boundary = type.startsWith('multipart/') && depth < MAX_DEPTH ? boundaryOf(contentType) : undefined;
  if (boundary !== undefined) {
    return { type, fields, body: '', parts: splitParts(rest, boundary).map((part) => readPart(part, depth + 1)) };
  }
  return { type, fields, body: decoded(rest, fields.get('content-transfer-encoding')?.[0] ?? ''), parts: [] };
}

/** Fields and body; a message that begins with an empty line has no fields. */
function splitHead(text: string): [head: string, body: string] {
  if (/^\r?\n/.test(text)) return ['', text.slice(text.indexOf('\n') + 1)];
  const end = /\r?\n\r?\n/.exec(text);
  return end === null ? [text, ''] : [text.slice(0, end.index), text.slice(end.index + end[0].length)];
}

export function readFields(head: string): Fields {
  const fields = new Map<string, string[]>();
  let last: string[] | undefined;
  for (const line of head.split(/\r?\n/, MAX_FIELDS)) {
    if (/^[ \t]/.test(line)) {
      const value = last?.pop();
      if (value !== undefined) last?.push(`${value} ${line.trim()}`.slice(0, MAX_VALUE));
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 1) {
      last = undefined;
      continue;
    }
    const name = line.slice(0, colon).trim().toLowerCase();
    last = fields.get(name) ?? [];
    fields.set(name, last);
    last.push(line.slice(colon + 1, colon + 1 + MAX_VALUE).trim());
  }
  return fields;
}

function boundaryOf(contentType: string): string | undefined {
  const found = /;\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType);
  return found?.[1] ?? found?.[2];
}

/** What stands between the lines of a boundary, up to the last of them where there is one. */
function splitParts(text: string, boundary: string): string[] {
  const mark = `--${boundary}`;
  const parts: string[] = [];
  let from: number | undefined;
  for (let at = text.indexOf(mark); at !== -1 && parts.length < MAX_PARTS; at = text.indexOf(mark, at + 1)) {
    if (at > 0 && text[at - 1] !== '\n') continue;
    const after = at + mark.length;
    const isLast = text.startsWith('--', after);
    const lineEnd = text.indexOf('\n', after);
    // Another boundary may begin with this one.
    if (!isLast && text.slice(after, lineEnd === -1 ? text.length : lineEnd).trim() !== '') continue;
    if (from !== undefined) parts.push(text.slice(from, at).replace(/\r?\n$/, ''));
    from = isLast || lineEnd === -1 ? undefined : lineEnd + 1;
    if (isLast) return parts;
  }
  if (from !== undefined && parts.length < MAX_PARTS) parts.push(text.slice(from));
  return parts;
}

function decoded(body: string, encoding: string): string {
  switch (encoding.trim().toLowerCase()) {
    case 'base64':
      return Buffer.from(body, 'base64').toString('latin1');
    case 'quoted-printable':
      return body
        .replaceAll(/=\r?\n/g, '')
        .replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    default:
      return body;
  }
}
