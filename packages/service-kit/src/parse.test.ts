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
  [{ ...request, recipients: [{ ...recipient, context: [] }] }, 'recipients[0].context must be of type object'],
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

test('what is wrong with a name is said, and a number that has to be whole', () => {
  const said = (value: object): string => {
    const parsed = parseWith(campaignPatchSchemaOf('email'), value);
    return parsed.ok ? '' : `${parsed.field} ${parsed.message}`;
  };
  const headers = (name: string) => ({ content: { subject: 's', html: 'h', headers: { [name]: 'x' } } });
  expect(said(headers('Bcc'))).toBe('content.headers.Bcc is a header that Herald writes');
  expect(said(headers('a b'))).toMatch(/^content.headers.a b must /);
  expect(said({ timeToLive: 1.5 })).toBe('timeToLive must be of type integer');
});

test('a date is taken away by null, and nothing else is', () => {
  expect(parseWith(campaignPatchSchemaOf('email'), { endAt: null })).toEqual({ ok: true, value: { endAt: null } });
  expect(parseWith(campaignPatchSchemaOf('email'), {})).toEqual({ ok: true, value: {} });
  expect(parseWith(campaignPatchSchemaOf('email'), { title: null })).toMatchObject({ ok: false, field: 'title' });
});
