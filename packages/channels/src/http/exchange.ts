import type { Dispatcher } from 'undici';
import { lostBy, type HttpCode, type Lost } from './codes.ts';

/** A POST, whole. */
export interface HttpRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As much of it as came in time, and no more than 64 kB. */
  readonly body: string;
}

export type HttpResult = HttpAnswer | Lost;

const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Makes one request. `onResult` is called once, `onFree` once when the connection is not used any more. Returned is
 * what ends the wait: from then on there is a result.
 *
 * The client calls `onRequestStart` and then, without a pause in between, hands the whole request to the socket: what
 * fails later may have been received, what fails earlier cannot have been.
 */
export function exchange(
  dispatcher: Dispatcher,
  { path, headers, body }: HttpRequest,
  onResult: (result: HttpResult) => void,
  onFree: () => void,
): () => void {
  const chunks: Buffer[] = [];
  let size = 0;
  let controller: Dispatcher.DispatchController | undefined;
  let handedOver = false;
  let seen: Pick<HttpAnswer, 'status' | 'headers'> | undefined;
  let over = false;

  /** An answer whose status was seen is one, whatever became of the rest. */
  function settle(lost: () => Lost): void {
    if (over) return;
    over = true;
    onResult(seen ? { kind: 'answer', ...seen, body: Buffer.concat(chunks).toString() } : lost());
  }
  const stop = (): void => controller?.abort(new Error('the call is over'));

  dispatcher.dispatch(
    { method: 'POST', path, headers: { ...headers }, body },
    {
      onRequestStart(own) {
        controller = own;
        if (over) stop();
        else handedOver = true;
      },
      onResponseStart(_, status, answered) {
        // What is below is not the answer yet.
        if (status >= 200) seen = { status, headers: answered };
      },
      onResponseData(_, chunk) {
        size += chunk.length;
        if (size <= MAX_ANSWER_BYTES) {
          chunks.push(chunk);
          return;
        }
        settle(() => lostBy(new Error('no status'), true));
        stop();
      },
      onResponseEnd() {
        settle(() => lostBy(new Error('no status'), true));
        onFree();
      },
      onResponseError(_, error) {
        settle(() => lostBy(error, handedOver));
        onFree();
      },
    },
  );

  return () => {
    const code: HttpCode = handedOver ? 'provider-timeout' : 'connection-timeout';
    settle(() => ({ kind: 'lost', code, handedOver }));
    stop();
  };
}
