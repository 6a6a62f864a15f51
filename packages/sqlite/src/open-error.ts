export type OpenErrorCode = 'in-use' | 'foreign' | 'corrupt' | 'newer' | 'unwritable';

/** A file that is not opened, and was left as it is. The message names the file and says what to do. */
export class OpenError extends Error {
  override readonly name = 'OpenError';
  readonly code: OpenErrorCode;

  constructor(code: OpenErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
