import type { Channel } from '@herald/contracts';

/** A delivery address in the form in which suppressions are compared. */
export const normalAddress = (channel: Channel, address: string): string =>
  channel === 'email' ? address.trim().toLowerCase() : address.trim();
