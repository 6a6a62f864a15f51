import type { RenderedOf, SurfaceOf } from '@herald/contracts';
import type { Outgoing } from '../port.ts';

export const surface: SurfaceOf<'email'> = {
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

type Email = RenderedOf<'email'>;

/** A message to `ada@example.net`, with whatever a test changes in it. */
export function outgoing(
  change: { messageId?: string; address?: string; email?: Partial<Email>; surface?: SurfaceOf<'email'> } = {},
): Outgoing<'email'> {
  const { messageId = 'message-1', address = 'ada@example.net' } = change;
  return {
    messageId,
    surface: change.surface ?? surface,
    now: Date.UTC(2026, 2, 9, 8, 7, 6),
    deadline: Date.UTC(2026, 2, 9, 9, 7, 6),
    address,
    content: {
      kind: 'email',
      subject: 'Reset your password',
      html: '<p>Hello</p>\n',
      text: 'Hello\n',
      ...change.email,
    },
  };
}
