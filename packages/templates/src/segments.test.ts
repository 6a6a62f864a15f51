import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { SegmentedMessage } from 'sms-segments-calculator';
import { smsSegments } from './index.ts';

describe('segments', () => {
  test.each([
    ['', 'gsm-7', 1, 0],
    ['a'.repeat(160), 'gsm-7', 1, 160],
    ['a'.repeat(161), 'gsm-7', 2, 161],
    ['a'.repeat(306), 'gsm-7', 2, 306],
    ['a'.repeat(307), 'gsm-7', 3, 307],
    ['@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ', 'gsm-7', 1, 31],
    ['€'.repeat(80), 'gsm-7', 1, 80],
    ['€'.repeat(81), 'gsm-7', 2, 81],
    // The escape and what it escapes stay together: 152 + 2 septets do not fit in 153.
    [`${'a'.repeat(152)}€${'a'.repeat(152)}`, 'gsm-7', 3, 305],
    ['й'.repeat(70), 'ucs-2', 1, 70],
    ['й'.repeat(71), 'ucs-2', 2, 71],
    ['ç', 'ucs-2', 1, 1],
    ['😀'.repeat(35), 'ucs-2', 1, 35],
    // Of 67 units the last one cannot hold half of a pair.
    ['😀'.repeat(66), 'ucs-2', 2, 66],
    ['😀'.repeat(67), 'ucs-2', 3, 67],
  ])('of %.10s…', (text, encoding, segments, characters) => {
    expect(smsSegments(text)).toEqual({ encoding, segments, characters });
  });

  test('are those that the provider counts', () => {
    const characters = fc.constantFrom(
      ...Array.from('aZ09 @£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤ÄÖÑÜ§¿äöñüà^{}\\[~]|€çйű漢😀'),
    );
    fc.assert(
      fc.property(fc.array(characters, { maxLength: 400 }), fc.boolean(), (list, plain) => {
        const text = list.filter((character) => !plain || !'çйű漢😀'.includes(character)).join('');
        const theirs = new SegmentedMessage(text);
        expect(smsSegments(text)).toEqual({
          encoding: theirs.encodingName.toLowerCase(),
          segments: theirs.segments.length,
          characters: theirs.numberOfUnicodeScalars,
        });
      }),
      { numRuns: 200 },
    );
  });
});
