import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { problemSchema, problemType, PROBLEMS } from '@herald/contracts';
import { expect, test } from '@jest/globals';
import { refuseClient } from './client-errors.ts';

test.each([
  ['HPE_HEADER_OVERFLOW', 'head-too-large', 'Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request-timeout', 'Request Timeout'],
  ['HPE_INVALID_METHOD', 'invalid-body', 'Bad Request'],
] as const)('%s is answered with a problem document', async (code, problem, reason) => {
  const server = createServer((socket) => refuseClient(Object.assign(new Error('private words'), { code }), socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8');
  let answer = '';
  socket.on('data', (text: string) => void (answer += text));
  await once(socket, 'close');
  server.close();
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const { status } = PROBLEMS[problem];
  expect(head.split('\r\n')[0]).toBe(`HTTP/1.1 ${status} ${reason}`);
  expect(head).toContain('Content-Type: application/problem+json');
  expect(problemSchema.parse(JSON.parse(body))).toMatchObject({ status, type: problemType(PROBLEMS[problem]) });
  expect(body).not.toContain('private');
});
