import { readFileSync } from 'node:fs';
import { HTTP_CODES, SMTP_CODES, TWILIO_OUTCOMES, WEB_PUSH_OUTCOMES } from '@herald/channels';
import { expect, test } from '@jest/globals';
import { withProviders } from './describe-providers.ts';
import { REASONS } from './reasons.ts';

test('the document has what the tables of the providers say', () => {
  const document = readFileSync(new URL('../../../docs/delivery.md', import.meta.url), 'utf8');
  expect(withProviders(document)).toBe(document);
  expect(document).toContain('errors 21610');
});

test('every code with which a provider ends a message is a reason of the catalogue', () => {
  const ended = REASONS.filter(({ state }) => state === 'failed').map(({ reason }) => reason);
  const coded = Object.entries({ ...SMTP_CODES, ...HTTP_CODES }).flatMap(([code, { kinds }]) =>
    (kinds as readonly string[]).includes('permanent') ? [code] : [],
  );
  const answered = [...TWILIO_OUTCOMES, ...WEB_PUSH_OUTCOMES].flatMap(({ kind, code }) =>
    kind === 'permanent' ? [code] : [],
  );
  expect(ended).toEqual(expect.arrayContaining([...coded, ...answered]));
  expect(coded.length).toBeGreaterThan(3);
});

test('no status and no error of a provider stands in two rows', () => {
  for (const table of [TWILIO_OUTCOMES, WEB_PUSH_OUTCOMES]) {
    const keys = table.flatMap(({ statuses, errors = [] }) => [...statuses, ...errors.map((error) => `e${error}`)]);
    expect(keys).toEqual([...new Set(keys)]);
  }
});
