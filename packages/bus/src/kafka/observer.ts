/** What the bus measures, to be counted by whoever wires it. Durations are seconds. Observers must not throw. */
export type KafkaMetric =
  /** One request to append; `ok` is false when its callers were told of an outage. */
  | {
      readonly kind: 'publish';
      readonly seconds: number;
      readonly records: number;
      readonly bytes: number;
      readonly ok: boolean;
    }
  /** One request to write down how far a group is. */
  | { readonly kind: 'commit'; readonly group: string; readonly seconds: number; readonly ok: boolean }
  /** A member was given its share: of `partitions` it kept `kept` without interruption. */
  | { readonly kind: 'assigned'; readonly group: string; readonly partitions: number; readonly kept: number }
  /** Records handed over at once. */
  | { readonly kind: 'batch'; readonly group: string; readonly records: number; readonly bytes: number }
  /** A member lost its place in the group and begins again. */
  | { readonly kind: 'restart'; readonly group: string; readonly reason: 'crash' | 'stall' }
  /** A producer whose last send failed for good gave way to a new one. */
  | { readonly kind: 'producer-replaced' };

/** Something for the log of the process. Never content; names of topics, groups and brokers only. */
export interface KafkaLogLine {
  readonly level: 'warn' | 'error';
  readonly message: string;
  readonly topic?: string;
  readonly partition?: number;
  readonly group?: string;
  readonly broker?: string;
  /** Lines like this one that were left out since the last one. */
  readonly suppressed: number;
}

export interface KafkaObserver {
  readonly onMetric: (metric: KafkaMetric) => void;
  readonly onLog: (line: KafkaLogLine) => void;
}
