export { classifyReply, replyCodes, SMTP_BOUNCES, type BounceRule } from './bounces.ts';
export { readReport, type Report, type Said } from './report.ts';
export { createReturnPaths, type ReturnPaths } from './return-path.ts';
export { isSignedByTwilio, readTwilioStatus, twilioCallback, TWILIO_BOUNCES } from './twilio.ts';
