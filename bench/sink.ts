import { createServer, type Socket } from 'node:net';

/**
 * The cheapest SMTP server that is still one: it pipelines, keeps the replies in order, and writes down when each
 * message arrived. It parses nothing but the end of a message and its Message-ID, so that what is measured is Herald.
 *
 * Speaks to its parent over IPC: `{ port }` at the start; on `{ take: true }` it answers with
 * `{ received: [messageId, milliseconds][] }` and forgets them.
 */
const END = Buffer.from('\r\n.\r\n');
const received: [string, number][] = [];

function serve(socket: Socket): void {
  let pending = Buffer.alloc(0);
  let inData = false;
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.write('220 sink ESMTP\r\n');
  socket.on('data', (chunk) => {
    pending = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk]);
    let answer = '';
    for (;;) {
      if (inData) {
        const end = pending.indexOf(END);
        if (end === -1) break;
        const head = pending.toString('latin1', 0, Math.min(end, 4_096));
        received.push([/^message-id:\s*<([^@>]+)/im.exec(head)?.[1] ?? '', Date.now()]);
        pending = pending.subarray(end + END.length);
        inData = false;
        answer += '250 2.0.0 Ok\r\n';
        continue;
      }
      const line = pending.indexOf('\r\n');
      if (line === -1) break;
      const command = pending.toString('latin1', 0, Math.min(line, 4)).toUpperCase();
      pending = pending.subarray(line + 2);
      if (command === 'EHLO') answer += '250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 10485760\r\n';
      else if (command === 'DATA') {
        inData = true;
        answer += '354 go ahead\r\n';
      } else if (command === 'QUIT') answer += '221 bye\r\n';
      else answer += '250 2.0.0 Ok\r\n';
    }
    if (answer !== '') socket.write(answer);
  });
}

const server = createServer(serve);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
});
process.on('message', () => {
  process.send?.({ received: received.splice(0) });
});
process.on('disconnect', () => process.exit(0));
