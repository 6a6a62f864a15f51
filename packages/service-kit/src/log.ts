import { isOutage } from '@herald/contracts';
import { pino, type LogFn, type Logger } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { Config } from './config.ts';

export type Log = Logger;

/** Names under which content or an address could slip into a line: a second line of defence, the first is not to log it. */
const PRIVATE = [
  'address',
  'attributes',
  'authorization',
  'body',
  'content',
  'context',
  'email',
  'emailAddress',
  'html',
  'profile',
  'recipient',
  'recipients',
  'subject',
  'text',
  'to',
  'userId',
];

/** JSON lines on standard output; readable ones where a person is watching. */
export function createLog(config: Pick<Config, 'logLevel' | 'logFormat'>, stream?: NodeJS.WritableStream): Log {
  const pretty = config.logFormat === 'pretty' || (config.logFormat === 'auto' && process.stdout.isTTY);
  const options = {
    level: config.logLevel,
    base: { name: 'herald' },
    serializers: { err: describeError, error: describeError },
    redact: { paths: PRIVATE.flatMap((name) => [name, `*.${name}`]), censor: '[private]' },
    hooks: { logMethod: withoutErrorText },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  if (!pretty) return stream === undefined ? pino(options) : pino(options, stream);
  const readable = PinoPretty({
    ignore: 'name,pid,hostname',
    translateTime: 'SYS:HH:MM:ss.l',
    ...(stream === undefined ? {} : { destination: stream, colorize: false }),
  });
  return pino(options, readable);
}

/** Without a message of its own a line would get the error's. */
function withoutErrorText(this: Logger, args: Parameters<LogFn>, write: LogFn): void {
  const [first, message] = args as unknown[];
  const given = typeof message === 'string' ? message : 'error';
  if (Error.isError(first)) write.call(this, { err: first }, given);
  else if (typeof first === 'object' && first !== null && 'err' in first) write.call(this, first, given);
  else write.apply(this, args);
}

/** Where an error arose and of what kind it is. Its message may quote what a caller sent, so only our own are shown. */
function describeError(error: unknown): unknown {
  if (!Error.isError(error)) return typeof error === 'string' ? error : typeof error;
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return {
    type: error.name,
    ...code,
    ...(isOutage(error) ? { message: error.message } : {}),
    stack: frames.map((line) => line.trim()).join('\n'),
  };
}
