export type Upstream = 'ingress' | 'control' | 'tracker' | 'inbox';

/** What callers send messages with; everything else that an installation answers is control's, and the inbox' page. */
const INGRESS = /^\/ajo\/im(?:\/|$)/;
const TRACKER = /^\/feedback(?:\/|$)/;
const INBOX = /^\/(?:v1\/)?inbox(?:\/|$)/;

/** Which role answers a request. `url` is as it stands in the request line. */
export function upstreamOf(method: string, url: string): Upstream {
  const path = url.split('?', 1)[0] ?? '';
  if (INGRESS.test(path) || (method === 'POST' && path === '/v1/executions')) return 'ingress';
  if (TRACKER.test(path)) return 'tracker';
  return INBOX.test(path) ? 'inbox' : 'control';
}
