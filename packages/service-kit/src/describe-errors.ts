import { SMTP_BOUNCES, TWILIO_BOUNCES, type BounceRule } from '@herald/channels/feedback';
import { PROBLEMS, problemType } from '@herald/contracts';
import { markdownTable } from './markdown.ts';
import { REASONS } from './reasons.ts';

/** The text of docs/errors.md. */
export function describeErrors(): string {
  const problems = Object.entries(PROBLEMS)
    .toSorted(([, a], [, b]) => a.number - b.number)
    .map(([code, { number, status, title, advice }]) => [
      String(status),
      `\`${code}\``,
      `\`${problemType({ number, status }).split('/').at(-1) ?? ''}\``,
      title,
      advice,
    ]);
  const reasons = REASONS.map(({ state, reason, meaning, advice }) => [
    `\`${state}\``,
    `\`${reason}\``,
    meaning,
    advice,
  ]);
  const bounces = (rules: readonly BounceRule[]): string =>
    markdownTable(
      ['Reason', 'Bounce', 'Codes', 'Meaning'],
      rules.map(({ reason, bounce, codes, meaning }) => [
        `\`${reason}\``,
        `\`${bounce}\``,
        codes.map((code) => (code === '*' ? 'every other one' : `\`${code}\``)).join(', '),
        meaning,
      ]),
    );
  return `# Errors

Generated from \`packages/contracts/src/problems.ts\`, \`packages/service-kit/src/reasons.ts\` and
\`packages/channels/src/feedback\` by
\`node packages/service-kit/src/write-docs.ts\`.

## Answers of the HTTP API

Every error is \`application/problem+json\`:

\`\`\`json
{
  "type": "${problemType(PROBLEMS['campaign-not-live'])}",
  "title": "${PROBLEMS['campaign-not-live'].title}",
  "status": ${PROBLEMS['campaign-not-live'].status},
  "detail": "the campaign is paused",
  "report": {
    "additionalContext": {
      "code": "campaign-not-live",
      "requestId": "7c1d4f0a",
      "campaignId": "0198c5d2-5c1e-7d04-9f0b-2f6f8f1f7a11"
    }
  }
}
\`\`\`

\`type\` and \`report.additionalContext.code\` never change their meaning; \`title\` and \`detail\` are for people.
\`type\` is \`https://ns.herald.dev/errors/\` and the name in the third column. 429 and 503 come with \`Retry-After\` in seconds.

${markdownTable(['Status', 'Code', 'Type', 'Title', 'What to do'], problems)}

## How a message can end

A call that was answered with 202 is not undone by any of these: each accepted recipient ends in one final state, with
one of these reasons. \`GET /v1/messages/{id}\` shows both.

${markdownTable(['State', 'Reason', 'Meaning', 'What to do'], reasons)}

## What a provider can say later

Evidence beside the state, which never changes it: [feedback.md](feedback.md). A complaint has the reason
\`spam-complaint\`, or \`unsubscribed\` where that is what it says.

### Bounces of emails

By their enhanced status code; \`x\` is any class. A server that gives none, or \`5.0.0\`, and writes that there is no such
mailbox means \`mailbox-unknown\`. \`detail\` has the codes.

${bounces(SMTP_BOUNCES)}

### Bounces of SMS

By Twilio's error code, which is the \`detail\`.

${bounces(TWILIO_BOUNCES)}
`;
}
