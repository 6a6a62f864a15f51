import { describe, expect, test } from '@jest/globals';
import { emailAddressSchema, unitaryRequestSchema } from './index.ts';

describe('email addresses', () => {
  test.each(['ada@example.com', "o'neil+tag@sub.example.co", 'a@b', 'x_y-z@xn--bcher-kva.example'])('%s', (address) => {
    expect(emailAddressSchema.safeParse(address).success).toBe(true);
  });

  test.each([
    'ada',
    '@example.com',
    'ada@',
    'ada@-example.com',
    'ada@exa mple.com',
    'ada@example.com\r\nBcc: eve@example.com',
    'ada@example.com\n',
    '<ada@example.com>',
    'ada@example.com, eve@example.com',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b.'.repeat(130)}c`,
    'ädä@example.com',
  ])('not %j', (address) => {
    expect(emailAddressSchema.safeParse(address).success).toBe(false);
  });
});

describe('a unitary call', () => {
  const recipient = { type: 'external', namespace: 'email', userId: 'ada@example.com' };
  const call = { requestId: 'r-1', campaignId: 'c-1', recipients: [recipient] };
  const fieldOf = (value: unknown): string | undefined =>
    unitaryRequestSchema.safeParse(value).error?.issues[0]?.path.join('.');

  test('is taken with what AJO clients send, known to Herald or not', () => {
    const sent = {
      ...call,
      recipients: [{ ...recipient, mergePolicyName: 'm', mergePolicySchema: '_xdm.context.profile', extra: true }],
    };
    expect(unitaryRequestSchema.safeParse(sent).success).toBe(true);
  });

  test.each([
    ['requestId', { ...call, requestId: undefined }],
    ['requestId', { ...call, requestId: 'two words' }],
    ['campaignId', { ...call, campaignId: 7 }],
    ['recipients', { ...call, recipients: [] }],
    ['recipients', { ...call, recipients: Array.from({ length: 21 }, () => recipient) }],
    ['recipients.0.type', { ...call, recipients: [{ ...recipient, type: 'unknown' }] }],
    ['recipients.0.userId', { ...call, recipients: [{ ...recipient, userId: 'a\nb' }] }],
    [
      'recipients.0.channelData.emailAddress',
      { ...call, recipients: [{ ...recipient, channelData: { emailAddress: 'x\r\n@y' } }] },
    ],
    ['recipients.0.context', { ...call, recipients: [{ ...recipient, context: 'text' }] }],
  ])('names %s when it is wrong', (field, value) => {
    expect(fieldOf(value)).toBe(field);
  });
});
