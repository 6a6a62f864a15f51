import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A mail server that takes each message, and closes the connection without a word. */
export interface MuteServer {
  readonly url: string;
  taken(): number;
  close(): void;
}

/** Speaks SMTP up to the final dot, counts it, and then closes without a reply. */
export async function startMuteServer(): Promise<MuteServer> {
  let taken = 0;
  const server = createServer((socket: Socket) => {
    let inData = false;
    let text = '';
    socket.on('error', () => {});
    socket.write('220 mute ESMTP\r\n');
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (;;) {
        const end = text.indexOf(inData ? '\r\n.\r\n' : '\r\n');
        if (end === -1) return;
        const line = text.slice(0, end);
        text = text.slice(end + (inData ? 5 : 2));
        if (inData) {
          taken += 1;
          socket.destroy();
          return;
        }
        if (line.startsWith('EHLO')) socket.write('250-mute\r\n250 PIPELINING\r\n');
        else if (line === 'DATA') {
          inData = true;
          socket.write('354 go\r\n');
        } else socket.write('250 ok\r\n');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { url: `smtp://127.0.0.1:${port}`, taken: () => taken, close: () => server.close() };
}
