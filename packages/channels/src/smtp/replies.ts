/** One answer of the server. `text` is the first line after its code, `lines` all of them. */
export interface SmtpReply {
  readonly code: number;
  readonly text: string;
  readonly lines: readonly string[];
}

/** RFC 5321 allows 512; some servers write longer ones. */
const MAX_LINE = 8 * 1024;
const MAX_LINES = 200;

export interface ReplyParser {
  /** The complete replies in what came so far; undefined when it is not SMTP, or without end. */
  push(chunk: string): SmtpReply[] | undefined;
  /** A reply, or a line of one, has begun and not ended. */
  readonly inside: boolean;
}

/** Takes a server's output in chunks of any size, decoded byte by byte (latin1). */
export function createReplyParser(): ReplyParser {
  let rest = '';
  let lines: string[] = [];
  return {
    push(chunk) {
      const replies: SmtpReply[] = [];
      rest = rest === '' ? chunk : rest + chunk;
      let from = 0;
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
        const line = rest.slice(from, rest[end - 1] === '\r' && end > from ? end - 1 : end);
        from = end + 1;
        if (line.length > MAX_LINE || lines.length >= MAX_LINES || !/^[2-5]\d\d(?:[ -]|$)/.test(line)) return undefined;
        lines.push(line.slice(4));
        if (line[3] === '-') continue;
        replies.push({ code: Number(line.slice(0, 3)), text: lines[0] ?? '', lines });
        lines = [];
      }
      rest = rest.slice(from);
      return rest.length > MAX_LINE ? undefined : replies;
    },
    get inside() {
      return rest !== '' || lines.length > 0;
    },
  };
}

/** `550 5.1.1`: the reply's code and enhanced status code (RFC 3463). Never its words: they often hold an address. */
export function statusOf({ code, text }: { readonly code: number; readonly text: string }): string {
  const enhanced = /^[245]\.\d{1,3}\.\d{1,3}\b/.exec(text);
  return enhanced ? `${String(code)} ${enhanced[0]}` : String(code);
}
