export type { Outgoing, Provider, Reply } from './port.ts';
export { SMTP_CODES, type SmtpCode } from './smtp/failure.ts';
export { createSmtpProvider, type SmtpProviderOptions } from './smtp/provider.ts';
