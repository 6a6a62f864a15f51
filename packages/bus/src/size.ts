import { LIMITS } from '@herald/contracts';
import type { NewRecord } from './port.ts';

/** Throws `RangeError` for a value that no bus takes. The message names the topic only. */
export function checkSize(record: NewRecord): void {
  if (record.value.byteLength > LIMITS.envelopeBytes) {
    throw new RangeError(`a record for ${record.topic} is larger than ${LIMITS.envelopeBytes} bytes`);
  }
}
