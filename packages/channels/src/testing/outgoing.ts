import type { MessageRenderedV1, Surface } from '@herald/contracts';
import type { Outgoing } from '../port.ts';

export const surface: Surface = {
  id: 'surface-1',
  name: 'accounts',
  channel: 'email',
  status: 'active',
  sender: { name: 'Example Accounts', address: 'accounts@example.com' },
  replyTo: 'help@example.com',
  provider: 'smtp',
  revision: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
  modifiedAt: '2026-01-01T00:00:00.000Z',
};

type Email = MessageRenderedV1['email'];

/** A message to `ada@example.net`, with whatever a test changes in it. */
export function outgoing(
  change: { messageId?: string; address?: string; email?: Partial<Email>; surface?: Surface } = {},
): Outgoing {
  const { messageId = 'message-1', address = 'ada@example.net' } = change;
  return {
    messageId,
    surface: change.surface ?? surface,
    now: Date.UTC(2026, 2, 9, 8, 7, 6),
    message: {
      executionId: 'execution-1',
      campaignId: 'campaign-1',
      campaignVersion: 1,
      channel: 'email',
      lane: 'transactional',
      guarantee: 'at-least-once',
      times: { accepted: 1 },
      address,
      surfaceId: 'surface-1',
      email: { subject: 'Reset your password', html: '<p>Hello</p>\n', text: 'Hello\n', ...change.email },
    },
  };
}
