import { LIMITS } from '@herald/contracts';
import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import type { BusRecord, NewRecord } from '../port.ts';
import { checkSize } from '../size.ts';

/**
 * The most that a partition's records of one send may take together: a broker measures what comes for a partition at
 * once, not each record, against the topic's `max.message.bytes`. One record of 1 MB fits, with its key and headers.
 */
export const MAX_BATCH_BYTES = LIMITS.envelopeBytes + 256 * 1024;
/** The batch's own header, and rounding up. */
export const BATCH_OVERHEAD_BYTES = 100;
const RECORD_OVERHEAD_BYTES = 30;
const HEADER_OVERHEAD_BYTES = 10;

/** Bytes on the wire at most. Throws `RangeError` for a record that no broker would take. */
export function measure(record: NewRecord): number {
  checkSize(record);
  let bytes = RECORD_OVERHEAD_BYTES + record.value.byteLength + Buffer.byteLength(record.key);
  for (const [name, value] of Object.entries(record.headers)) {
    bytes += HEADER_OVERHEAD_BYTES + Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes + BATCH_OVERHEAD_BYTES > MAX_BATCH_BYTES) {
    throw new RangeError(`a record for ${record.topic} is larger than ${MAX_BATCH_BYTES} bytes with its headers`);
  }
  return bytes;
}

export const toMessage = ({ key, headers, value }: NewRecord, partition: number): Message => ({
  key: Buffer.from(key),
  headers: { ...headers },
  value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  partition,
});

/**
 * A record as another tool may have written it, too: bytes that are no UTF-8 become U+FFFD, what is null becomes empty,
 * and of a header that is there several times the last one counts.
 */
export const toRecord = (topic: string, partition: number, message: KafkaMessage): BusRecord => ({
  topic,
  partition,
  offset: Number(message.offset),
  timestamp: Number(message.timestamp),
  key: message.key?.toString() ?? '',
  headers: toHeaders(message.headers ?? {}),
  value: message.value ?? Buffer.alloc(0),
});

/** `fromEntries` defines its properties: a header may be called `__proto__`. */
const toHeaders = (raw: IHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(raw).map(([name, value]) => {
      const last = Array.isArray(value) ? value.at(-1) : value;
      return [name, last?.toString() ?? ''];
    }),
  );
