import { SmtpFailure } from './failure.ts';
import { Unsuitable, type Session } from './handshake.ts';
import type { SmtpOptions } from './options.ts';
import { refusalOf, transact, type Outcome, type WireMessage } from './transaction.ts';

/** One message on its way. */
export interface Job {
  readonly message: WireMessage;
  /** Called exactly once. */
  readonly done: (outcome: Outcome) => void;
  /** Called instead: the server wants another client. */
  readonly unsuitable: () => void;
}

export interface Pool {
  submit(job: Job): void;
  /** Of this pool. */
  readonly connections: {
    /** How many there are or are being opened. */
    open(): number;
    /** No more than so many from now on; idle ones beyond it are closed. */
    limit(most: number): void;
  };
  /** Takes nothing more, fails what waits, lets what is under way finish, says goodbye. */
  close(): Promise<void>;
}

interface PoolDeps {
  readonly options: Pick<SmtpOptions, 'connections' | 'maxMessages' | 'timeoutMs' | 'idleMs'>;
  /** Rejects with an `SmtpFailure` or `Unsuitable`. */
  readonly open: () => Promise<Session>;
}

const GOODBYE_MS = 1_000;

interface Member {
  readonly session: Session;
  readonly idle: NodeJS.Timeout;
  sent: number;
}

interface Waiting extends Job {
  readonly timer: NodeJS.Timeout;
  /** Counts up from message to message. */
  readonly number: number;
  /** The connection that works on it, while there is one. */
  member: Member | undefined;
  retried: boolean;
  settled: boolean;
}

/**
 * A bounded set of connections, opened as messages need them and kept while they work. A message that a kept
 * connection lost before the server said a word about it is tried once more on a new one: the server had closed it.
 */
export function createPool({ options, open }: PoolDeps): Pool {
  const queue: Waiting[] = [];
  const idle: Member[] = [];
  const members = new Set<Member>();
  let opening = 0;
  let submitted = 0;
  let most = options.connections;
  let closed = false;
  let onEmpty: (() => void) | undefined;

  function submit(job: Job): void {
    if (closed) {
      job.done(failed(new SmtpFailure('transient', 'provider-closed')));
      return;
    }
    const waiting: Waiting = {
      ...job,
      timer: setTimeout(() => expire(waiting), options.timeoutMs),
      number: ++submitted,
      member: undefined,
      retried: false,
      settled: false,
    };
    queue.push(waiting);
    advance();
  }

  function settle(job: Waiting, outcome: Outcome): void {
    if (job.settled) return;
    job.settled = true;
    clearTimeout(job.timer);
    job.done(outcome);
  }

  function expire(job: Waiting): void {
    if (job.member) {
      job.member.session.wire.destroy('provider-timeout');
      return;
    }
    queue.splice(queue.indexOf(job), 1);
    settle(job, failed(new SmtpFailure('transient', 'connection-timeout')));
  }

  /** Gives waiting messages to idle connections, and opens connections for those that are left. */
  function advance(): void {
    while (queue.length > 0) {
      const member = idle.pop();
      if (!member) break;
      const job = queue.shift();
      if (job) start(member, job);
    }
    while (opening < queue.length && members.size + opening < most) void grow();
  }

  async function grow(): Promise<void> {
    opening += 1;
    const upTo = submitted;
    try {
      const session = await open();
      opening -= 1;
      admit(session);
    } catch (error) {
      opening -= 1;
      refuse(error, upTo);
    }
    advance();
    checkEmpty();
  }

  function admit(session: Session): void {
    const member: Member = {
      session,
      sent: 0,
      idle: setTimeout(() => {
        const at = idle.indexOf(member);
        if (at < 0) return;
        idle.splice(at, 1);
        quit(member);
      }, options.idleMs).unref(),
    };
    members.add(member);
    session.wire.onEnd = () => remove(member);
    if (session.wire.alive) release(member);
    else remove(member);
  }

  /**
   * One failed attempt to connect fails one message: with as many attempts as messages, all hear of it. A message that
   * came after the attempt began is owed one of its own.
   */
  function refuse(error: unknown, upTo: number): void {
    if (error instanceof Unsuitable) {
      for (const job of queue.splice(0)) {
        job.settled = true;
        clearTimeout(job.timer);
        job.unsuitable();
      }
      return;
    }
    const at = queue.findIndex(({ number }) => number <= upTo);
    if (at < 0) return;
    const [job] = queue.splice(at, 1);
    const failure = error instanceof SmtpFailure ? error : new SmtpFailure('transient', 'connection-failed');
    if (job) settle(job, failed(failure));
  }

  function start(member: Member, job: Waiting): void {
    const refusal = refusalOf(member.session, job.message);
    if (refusal) {
      settle(job, failed(refusal));
      release(member);
      return;
    }
    job.member = member;
    member.sent += 1;
    transact(
      member.session,
      job.message,
      (outcome) => finish(member, job, outcome),
      () => release(member),
    );
  }

  function finish(member: Member, job: Waiting, outcome: Outcome): void {
    job.member = undefined;
    const stale =
      outcome.kind === 'failed' && outcome.untouched && member.sent > 1 && outcome.failure.code !== 'provider-timeout';
    if (!stale || job.retried || closed) {
      settle(job, outcome);
      return;
    }
    job.retried = true;
    // What happened to this connection happened to those that were unused for longer.
    for (const other of idle.splice(0)) other.session.wire.destroy('connection-lost');
    queue.unshift(job);
    queueMicrotask(advance);
  }

  function release(member: Member): void {
    if (!members.has(member)) return;
    if (closed || member.sent >= options.maxMessages || members.size > most) {
      quit(member);
      return;
    }
    member.idle.refresh();
    idle.push(member);
    advance();
  }

  /** A server that does not answer the goodbye is not waited for: the connection has nothing left to lose. */
  function quit({ session: { wire } }: Member): void {
    const giveUp = setTimeout(() => wire.destroy('connection-lost'), GOODBYE_MS);
    wire.listener = { onReply: () => wire.destroy('connection-lost'), onLost: () => clearTimeout(giveUp) };
    wire.write('QUIT\r\n');
  }

  function remove(member: Member): void {
    clearTimeout(member.idle);
    const at = idle.indexOf(member);
    if (at >= 0) idle.splice(at, 1);
    members.delete(member);
    advance();
    checkEmpty();
  }

  function checkEmpty(): void {
    if (closed && members.size === 0 && opening === 0) onEmpty?.();
  }

  return {
    submit,
    connections: {
      open: () => members.size + opening,
      limit(limit) {
        most = Math.min(limit, options.connections);
        for (const member of idle.splice(0, Math.max(0, Math.min(idle.length, members.size + opening - most))))
          quit(member);
        advance();
      },
    },
    close() {
      closed = true;
      for (const job of queue.splice(0)) settle(job, failed(new SmtpFailure('transient', 'provider-closed')));
      for (const member of idle.splice(0)) quit(member);
      return new Promise((resolve) => {
        onEmpty = resolve;
        checkEmpty();
      });
    },
  };
}

const failed = (failure: SmtpFailure): Outcome => ({ kind: 'failed', failure, untouched: true });
