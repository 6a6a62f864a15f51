import { createHmac } from 'node:crypto';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createTransport } from 'nodemailer';

/** What a mail server sends to a return path when it could not deliver (RFC 3464). */
export const bounceOf = (
  returnPath: string,
  over: { status?: string; diagnostic?: string; messageId?: string } = {},
) => {
  const { status = '5.1.1', diagnostic = `smtp; 550 ${status} nobody@example.org: no`, messageId } = over;
  return [
    'From: MAILER-DAEMON@mx.example.net',
    `To: ${returnPath}`,
    'Subject: Undelivered Mail Returned to Sender',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="B"',
    '',
    '--B',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.net',
    '',
    'Final-Recipient: rfc822; nobody@example.org',
    'Action: failed',
    `Status: ${status}`,
    `Diagnostic-Code: ${diagnostic}`,
    '',
    '--B',
    'Content-Type: text/rfc822-headers',
    '',
    ...(messageId === undefined ? [] : [`Message-ID: <${messageId}@herald.example>`]),
    'Subject: Reset your password',
    '',
    '--B--',
    '',
  ].join('\r\n');
};

/** What a mailbox provider sends when somebody says that an email is spam (RFC 5965). */
export const complaintAbout = (returnPath: string): string =>
  [
    'From: abuse@example.org',
    'To: complaints@bounces.example.com',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=feedback-report; boundary="B"',
    '',
    '--B',
    'Content-Type: message/feedback-report',
    '',
    'Feedback-Type: abuse',
    'User-Agent: test/1',
    'Version: 1',
    `Original-Mail-From: <${returnPath}>`,
    '',
    '--B--',
    '',
  ].join('\r\n');

/** Sends a message as a mail server does. Resolves with the reply's code, whatever it is. */
export async function deliver(port: number, to: string, raw: string): Promise<number> {
  const transport = createTransport({ host: '127.0.0.1', port, secure: false, ignoreTLS: true });
  try {
    const { response } = await transport.sendMail({ envelope: { from: '', to: [to] }, raw });
    return Number(response.slice(0, 3));
  } catch (error) {
    return Number((error as { responseCode?: number }).responseCode);
  } finally {
    transport.close();
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The headers of Standard Webhooks for a body. */
export function signed(key: Buffer, body: string, at = Date.now()): Record<string, string> {
  const [id, timestamp] = ['msg_1', String(Math.floor(at / 1_000))];
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
