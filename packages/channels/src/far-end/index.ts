/** What stands at the other end of a provider on one's own machine: for the inbox, and for tests. */
export { createLocalCertificate, type LocalCertificate } from './certificate.ts';
export { createDevice, type Device } from './device.ts';
export { readVapid, type Vapid } from './vapid.ts';
