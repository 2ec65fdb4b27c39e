import { describe, expect, it } from '@jest/globals';
import type { Estimate } from '../../../src/timeout/estimate.js';
import { timeoutVerdict } from '../../../src/timeout/timeout-verdict.js';

const learned = { expectedMs: 20_000, neededMs: 30_000, maxMs: 120_000 } as Estimate;
const assumed = { expectedMs: 90_000, neededMs: 90_000, maxMs: 600_000 } as Estimate;

describe('the verdict on a time limit', () => {
  it.each([
    ['what is suggested', 120_000, learned, null, true, 0],
    ['more', 240_000, learned, null, true, 100],
    ['less, and enough', 60_000, learned, null, true, -50],
    ['less than runs need', 29_000, learned, null, false, -75.8],
    ['less than is expected of an unknown task', 60_000, assumed, null, false, -90],
    ['over the maximum', 7_200_000, assumed, 3_600_000, false, 1100],
    ['no limit', null, learned, null, true, null],
    ['no limit where there is a maximum', null, learned, 3_600_000, false, null],
  ])('is, for %s', (_name, proposedMs, estimate, maxMs, isValid, differencePercent) => {
    const verdict = timeoutVerdict(proposedMs, estimate, maxMs);

    expect(verdict.isValid).toBe(isValid);
    if (differencePercent === null) expect(verdict.differencePercent).toBeNull();
    else expect(verdict.differencePercent).toBeCloseTo(differencePercent, 1);
    expect(verdict.suggestedMs).toBe(estimate.maxMs);
    expect(verdict.reason).not.toBe('');
  });
});
