import type { Dispatcher } from 'undici';
import type { HttpCode, Lost } from './codes.ts';
import { exchange, type HttpRequest, type HttpResult } from './exchange.ts';

/** A bounded number of calls under way; what comes on top waits for its turn. */
export interface Calls {
  /** Settles within the timeout, the wait for a turn included, and never rejects. */
  make(dispatcher: () => Dispatcher, request: HttpRequest): Promise<HttpResult>;
  /** Takes nothing more and fails what waits; what is under way is left to the connections that it is on. */
  close(): void;
}

export interface CallsOptions {
  readonly connections: number;
  readonly timeoutMs: number;
}

interface Job {
  readonly dispatcher: () => Dispatcher;
  readonly request: HttpRequest;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (result: HttpResult) => void;
  /** Ends the wait, once it is under way. */
  expire?: () => void;
}

export function createCalls({ connections, timeoutMs }: CallsOptions): Calls {
  const queue = new Set<Job>();
  let underWay = 0;
  let closed = false;

  function advance(): void {
    for (const job of queue) {
      if (underWay >= connections) return;
      queue.delete(job);
      begin(job);
    }
  }

  function begin(job: Job): void {
    underWay += 1;
    job.expire = exchange(
      job.dispatcher(),
      job.request,
      (result) => settle(job, result),
      () => {
        underWay -= 1;
        advance();
      },
    );
  }

  function settle({ timer, resolve }: Job, result: HttpResult): void {
    clearTimeout(timer);
    resolve(result);
  }

  function expire(job: Job): void {
    if (queue.delete(job)) settle(job, lost('connection-timeout'));
    else job.expire?.();
  }

  return {
    make(dispatcher, request) {
      if (closed) return Promise.resolve(lost('provider-closed'));
      return new Promise((resolve) => {
        const job: Job = { dispatcher, request, resolve, timer: setTimeout(() => expire(job), timeoutMs) };
        queue.add(job);
        advance();
      });
    },
    close() {
      closed = true;
      for (const job of queue) settle(job, lost('provider-closed'));
      queue.clear();
    },
  };
}

const lost = (code: HttpCode): Lost => ({ kind: 'lost', code, handedOver: false });
