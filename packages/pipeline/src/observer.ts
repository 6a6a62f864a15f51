import type { Channel, Lane } from '@herald/contracts';

/** What the pipeline tells whoever measures it. Durations are milliseconds. Calls must be cheap and never throw. */
export interface Observer {
  /** A stage had one message for this long, from taking it to its outcome. */
  stage(name: string, lane: Lane, channel: Channel, ms: number): void;
  /** Something that an operator must know; `detail` holds ids and codes only. */
  alarm(code: string, detail: Readonly<Record<string, string | number>>): void;
  /** A bug: the message it happened to became a dead letter. */
  bug(stage: string, messageId: string, error: unknown): void;
}
