import type { Position } from '@herald/contracts';
import type { Host } from './host.ts';
import { short, type Trace } from './trace.ts';

/** One call of a provider, as it really was. */
export interface ProviderCall {
  readonly messageId: string;
  readonly round: number;
  readonly attempt: number;
  readonly host: Host;
  readonly provider: string;
  /** Its place among all calls. */
  readonly order: number;
  readonly at: number;
  /** The provider took the message, whatever its caller saw of it. */
  accepted: boolean;
  /** What its caller saw: nothing, until the answer came to a process that lived. */
  reply: 'accepted' | 'transient' | 'permanent' | 'unknown' | undefined;
}

export interface MessageHistory {
  readonly messageId: string;
  /** Where it lay first on each topic, and how many times it was appended there. */
  readonly appended: Map<string, { readonly first: Position; count: number; readonly key: string }>;
  /** How many times each group was handed it from each topic. */
  readonly handed: Map<string, number>;
  readonly calls: ProviderCall[];
  readonly statuses: Set<string>;
  /** A record of it was lost by the log, which no log may do. */
  lost: boolean;
}

/** What somebody who sees everything wrote down. The judges read it; Herald never does. */
export interface History {
  message(id: string): MessageHistory;
  messages(): Iterable<MessageHistory>;
  /** Calls answered with 202: the number of recipients by execution. */
  readonly accepted: Map<string, { readonly recipients: number; readonly body: string }>;
  /** When a cancel was answered, by execution. */
  readonly cancelled: Map<string, number>;
  /** When an address was suppressed. */
  readonly suppressed: Map<string, number>;
  /** When a campaign was stopped for good. */
  readonly stopped: Map<string, number>;
  /** When a process was last told that an address is not suppressed: `process address`. */
  readonly checks: Map<string, number>;
  calls: number;
  /** A promise was broken. */
  violation(promise: string, what: string, messageId?: string): void;
  readonly violations: Violation[];
}

export interface Violation {
  readonly promise: string;
  readonly what: string;
  readonly messageId?: string;
}

export function createHistory(trace: Trace): History {
  const messages = new Map<string, MessageHistory>();
  const violations: Violation[] = [];
  return {
    message(messageId) {
      let found = messages.get(messageId);
      if (found === undefined) {
        found = { messageId, appended: new Map(), handed: new Map(), calls: [], statuses: new Set(), lost: false };
        messages.set(messageId, found);
      }
      return found;
    },
    messages: () => messages.values(),
    accepted: new Map(),
    cancelled: new Map(),
    suppressed: new Map(),
    stopped: new Map(),
    checks: new Map(),
    calls: 0,
    violation(promise, what, messageId) {
      violations.push({ promise, what, ...(messageId === undefined ? {} : { messageId: short(messageId) }) });
      trace.add('JUDGE', `${promise}: ${what} ${messageId === undefined ? '' : short(messageId)}`);
    },
    violations,
  };
}
