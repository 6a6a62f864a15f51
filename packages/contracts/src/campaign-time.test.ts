import { describe, expect, test } from '@jest/globals';
import { campaignTimeSchema, instantOf, isLocalTime, timeZoneSchema } from './campaign-time.ts';

describe('a local time', () => {
  test.each([
    ['2027-01-15T09:00:00', 'Europe/Copenhagen', '2027-01-15T09:00:00+01:00'],
    ['2027-07-15T09:00:00', 'Europe/Copenhagen', '2027-07-15T09:00:00+02:00'],
    ['2027-07-15T09:00', 'UTC', '2027-07-15T09:00+00:00'],
    ['2027-07-15T09:00:00.123', 'Asia/Kathmandu', '2027-07-15T09:00:00.123+05:45'],
    ['2027-01-15T23:30:00', 'America/St_Johns', '2027-01-15T23:30:00-03:30'],
    ['2027-01-01T00:00:00', 'Pacific/Kiritimati', '2027-01-01T00:00:00+14:00'],
    // The last second before, and the first after, an hour that is skipped.
    ['2027-03-28T01:59:59', 'Europe/Copenhagen', '2027-03-28T01:59:59+01:00'],
    ['2027-03-28T03:00:00', 'Europe/Copenhagen', '2027-03-28T03:00:00+02:00'],
    // And around one that comes twice.
    ['2027-10-31T01:59:59', 'Europe/Copenhagen', '2027-10-31T01:59:59+02:00'],
    ['2027-10-31T03:00:00', 'Europe/Copenhagen', '2027-10-31T03:00:00+01:00'],
  ])('%s in %s is %s', (local, zone, instant) => {
    expect(instantOf(local, zone)).toEqual({ ok: true, instant });
    expect(isLocalTime(local)).toBe(true);
    expect(isLocalTime(instant)).toBe(false);
  });

  test('that clocks skip, or show twice, is no instant', () => {
    expect(instantOf('2027-03-28T02:30:00', 'Europe/Copenhagen')).toMatchObject({
      ok: false,
      message: expect.stringContaining('does not exist'),
    });
    expect(instantOf('2027-10-31T02:30:00', 'Europe/Copenhagen')).toMatchObject({
      ok: false,
      message: expect.stringContaining('+01:00 or +02:00'),
    });
  });
});

test('a time zone is a place of the IANA database', () => {
  for (const name of ['Europe/Copenhagen', 'America/Argentina/Buenos_Aires', 'UTC']) {
    expect(timeZoneSchema.safeParse(name).success).toBe(true);
  }
  for (const name of ['', '+02:00', 'Mars/Olympus', 'Europe/Copenhagen; x', 'x'.repeat(61)]) {
    expect(timeZoneSchema.safeParse(name).success).toBe(false);
  }
});

test('a time is a date and a time', () => {
  for (const text of ['2027-01-01T00:00:00Z', '2027-01-01T00:00:00+01:00', '2027-01-01T00:00:00']) {
    expect(campaignTimeSchema.safeParse(text).success).toBe(true);
  }
  for (const text of ['tomorrow', '2027-01-01', '2027-13-01T00:00:00', '']) {
    expect(campaignTimeSchema.safeParse(text).success).toBe(false);
  }
});
