import { campaignPatchSchemaOf, unitaryRequestSchema } from '@herald/contracts';
import { expect, test } from '@jest/globals';
import { parseWith } from './parse.ts';

const recipient = { type: 'external', userId: 'ada@example.com', namespace: 'email' };
const request = { requestId: 'r', campaignId: 'c', recipients: [recipient] };

test.each([
  [request, undefined],
  [{ ...request, requestId: undefined }, 'requestId is required'],
  [{ ...request, requestId: 5 }, 'requestId must be of type string'],
  [{ ...request, requestId: 'a b' }, 'requestId must be printable ASCII without spaces'],
  [{ ...request, recipients: [] }, 'recipients is not valid: too small: expected array to have >=1 items'],
  [
    { ...request, recipients: [recipient, { ...recipient, userId: 'a\nb' }] },
    'recipients[1].userId must not contain control characters',
  ],
  [
    { ...request, recipients: [{ ...recipient, channelData: { emailAddress: 'secret@@example.com' } }] },
    'recipients[0].channelData.emailAddress must be an email address in ASCII, for example ada@example.com',
  ],
  [[], 'body must be of type object'],
  [undefined, 'body is required'],
])('%j: %s', (value, said) => {
  const parsed = parseWith(unitaryRequestSchema, value);
  expect(parsed.ok ? undefined : `${parsed.field} ${parsed.message}`).toBe(said);
});

test('an unknown field is named', () => {
  const parsed = parseWith(campaignPatchSchemaOf('email'), { content: { subject: 's', html: 'h', amp: 'x' } });
  expect(parsed).toEqual({ ok: false, field: 'content.amp', message: 'is not a known field' });
});

test('a date is taken away by null, and nothing else is', () => {
  expect(parseWith(campaignPatchSchemaOf('email'), { endAt: null })).toEqual({ ok: true, value: { endAt: null } });
  expect(parseWith(campaignPatchSchemaOf('email'), {})).toEqual({ ok: true, value: {} });
  expect(parseWith(campaignPatchSchemaOf('email'), { title: null })).toMatchObject({ ok: false, field: 'title' });
});
