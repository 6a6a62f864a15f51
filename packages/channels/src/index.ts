export { HTTP_CODES, type HttpCode } from './http/codes.ts';
export type { Outcome } from './http/outcomes.ts';
export { failedItself } from './fault.ts';
export type { Outgoing, Provider, Reply } from './port.ts';
export { SMTP_CODES, type SmtpCode } from './smtp/failure.ts';
export { TWILIO_OUTCOMES } from './twilio/outcomes.ts';
export { WEB_PUSH_OUTCOMES } from './web-push/outcomes.ts';
export type { PrivateHost } from './web-push/endpoints.ts';
