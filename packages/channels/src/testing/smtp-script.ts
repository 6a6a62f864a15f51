import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** What the server does at one point: a reply (lines without ends), and then perhaps nothing more, or a break. */
export interface Step {
  readonly reply?: string | readonly string[];
  readonly ending?: 'hang' | 'close' | 'reset';
  /** At the final dot: answer only when `release` is called, as the script then says. */
  readonly wait?: boolean;
  /** Bytes per write; the whole reply at once when absent. */
  readonly chunk?: number;
}
export type Point = 'greeting' | 'EHLO' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'dot' | 'RSET' | 'QUIT';
export type Script = Partial<Record<Point, Step | ((line: string) => Step)>>;

export interface ScriptedServer {
  readonly url: string;
  readonly port: number;
  /** May be replaced while the server runs; it holds from the next command on. */
  script: Script;
  /** Contents as accepted by a 2xx, dots unstuffed. */
  readonly accepted: readonly string[];
  /** Contents that came to their final dot, whatever the answer was. */
  readonly completed: readonly string[];
  readonly commands: readonly string[];
  readonly connections: { readonly now: number; readonly most: number; readonly total: number };
  /** Messages that are all there and wait for `release`. */
  readonly waiting: { readonly now: number; readonly most: number };
  release(): void;
  /** Ends every connection as if the process had died. */
  drop(): void;
  close(): Promise<void>;
}

const DEFAULTS: Record<Point, Step> = {
  greeting: { reply: '220 test ESMTP' },
  EHLO: { reply: ['250-test', '250-PIPELINING', '250-SIZE 1000000', '250 8BITMIME'] },
  AUTH: { reply: '235 2.7.0 welcome' },
  MAIL: { reply: '250 2.1.0 ok' },
  RCPT: { reply: '250 2.1.5 ok' },
  DATA: { reply: '354 go on' },
  dot: { reply: '250 2.0.0 Ok: queued as 4WXYZ1234' },
  RSET: { reply: '250 2.0.0 ok' },
  QUIT: { reply: '221 2.0.0 bye', ending: 'close' },
};

/** A mail server that does at each point what its script says. It checks the order of commands as a strict one does. */
export async function startScriptedServer(script: Script = {}): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const accepted: string[] = [];
  const completed: string[] = [];
  const commands: string[] = [];
  const connections = { now: 0, most: 0, total: 0 };
  const waiting = { now: 0, most: 0 };
  let held: (() => void)[] = [];

  function serve(socket: Socket): void {
    let input = '';
    let content: string | undefined;
    let mail = false;
    let recipients = 0;
    let deaf = false;

    function stepAt(point: Point, line: string): Step {
      const entry = state.script[point] ?? DEFAULTS[point];
      return typeof entry === 'function' ? entry(line) : entry;
    }

    function take(point: Point, line: string): string {
      const step = stepAt(point, line);
      const lines = typeof step.reply === 'string' ? [step.reply] : (step.reply ?? []);
      if (lines.length > 0) send(`${lines.join('\r\n')}\r\n`, step.chunk);
      if (step.ending === 'hang') deaf = true;
      if (step.ending === 'close') socket.end();
      if (step.ending === 'reset') socket.resetAndDestroy();
      return lines.at(-1) ?? '';
    }

    function send(text: string, chunk = text.length): void {
      for (let at = 0; at < text.length; at += chunk) socket.write(text.slice(at, at + chunk), 'latin1');
    }

    function command(line: string): void {
      commands.push(line);
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'MAIL') {
        if (mail) send('503 5.5.1 nested MAIL\r\n');
        else mail = take('MAIL', line).startsWith('2');
      } else if (verb === 'RCPT') {
        if (!mail) send('503 5.5.1 need MAIL\r\n');
        else if (take('RCPT', line).startsWith('2')) recipients += 1;
      } else if (verb === 'DATA') {
        if (recipients === 0 && state.script.DATA === undefined) send('554 5.5.1 no valid recipients\r\n');
        else if (take('DATA', line).startsWith('3')) content = '';
      } else if (verb === 'RSET') {
        take('RSET', line);
        [mail, recipients] = [false, 0];
      } else if (verb === 'EHLO' || verb === 'AUTH' || verb === 'QUIT') take(verb, line);
      else send('502 5.5.2 unknown\r\n');
    }

    function endOfContent(raw: string): void {
      const text = raw.replace(/^\.\./gm, '.');
      completed.push(text);
      if (stepAt('dot', '.').wait) {
        waiting.now += 1;
        waiting.most = Math.max(waiting.most, waiting.now);
        held.push(() => answer(text));
      } else answer(text);
    }

    function answer(text: string): void {
      if (take('dot', '.').startsWith('2') && recipients > 0) accepted.push(text);
      [mail, recipients, content] = [false, 0, undefined];
    }

    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      input += chunk.toString('latin1');
      while (!deaf && !socket.destroyed) {
        if (content === undefined) {
          const end = input.indexOf('\r\n');
          if (end < 0) return;
          const line = input.slice(0, end);
          input = input.slice(end + 2);
          command(line);
        } else {
          const whole = `\r\n${input}`;
          const end = whole.indexOf('\r\n.\r\n');
          if (end < 0) return;
          input = whole.slice(end + 5);
          endOfContent(whole.slice(2, end + 2));
        }
      }
    });
    take('greeting', '');
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    connections.total += 1;
    connections.now += 1;
    connections.most = Math.max(connections.most, connections.now);
    socket.on('close', () => {
      sockets.delete(socket);
      connections.now -= 1;
    });
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const state: ScriptedServer = {
    url: `smtp://127.0.0.1:${String(port)}`,
    port,
    script,
    accepted,
    completed,
    commands,
    connections,
    waiting,
    release() {
      const answers = held;
      held = [];
      waiting.now = 0;
      for (const answer of answers) answer();
    },
    drop() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return state;
}
