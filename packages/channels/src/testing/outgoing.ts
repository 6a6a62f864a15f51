import type { RenderedOf, SurfaceOf } from '@herald/contracts';
import type { Device } from '../far-end/device.ts';
import type { Outgoing } from '../port.ts';

export const surface: SurfaceOf<'email'> = {
  id: 'surface-1',
  name: 'accounts',
  channel: 'email',
  status: 'active',
  sender: { name: 'Example Accounts', address: 'accounts@example.com' },
  replyTo: 'help@example.com',
  providers: ['smtp'],
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

const stored = { revision: 1, createdAt: surface.createdAt, modifiedAt: surface.modifiedAt } as const;
const times = { now: Date.UTC(2026, 2, 9, 8, 7, 6), deadline: Date.UTC(2026, 2, 9, 8, 12, 6) };

/** A code for `+4520123456`, wanted for five minutes. */
export function outgoingSms(
  change: { messageId?: string; from?: string } & Partial<Omit<Outgoing<'sms'>, 'surface'>> = {},
): Outgoing<'sms'> {
  const { from = '+4552515253', ...rest } = change;
  return {
    messageId: 'message-1',
    ...times,
    address: '+4520123456',
    content: { kind: 'sms', text: 'Your code is 123456' },
    surface: {
      id: 'surface-2',
      name: 'codes',
      channel: 'sms',
      status: 'active',
      sender: { from },
      providers: ['twilio'],
      ...stored,
    },
    ...rest,
  };
}

/** A notification for a device at an endpoint, wanted for five minutes. */
export function outgoingPush(
  address: string,
  { keys: pushKeys }: Pick<Device, 'keys'>,
  change: Partial<Omit<Outgoing<'push'>, 'surface'>> & { urgency?: SurfaceOf<'push'>['urgency'] } = {},
): Outgoing<'push'> {
  const { urgency = 'high', ...rest } = change;
  return {
    messageId: 'message-1',
    ...times,
    address,
    pushKeys,
    content: { kind: 'push', title: 'Your order', body: 'is on its way' },
    surface: {
      id: 'surface-3',
      name: 'orders',
      channel: 'push',
      status: 'active',
      urgency,
      providers: ['web-push'],
      ...stored,
    },
    ...rest,
  };
}
