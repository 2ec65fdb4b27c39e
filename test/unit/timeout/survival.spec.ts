import { describe, expect, it } from '@jest/globals';
import { Survival } from '../../../src/timeout/survival.js';

const seen = (value: number, weight = 1) => ({ value, weight, isCensored: false });
const beyond = (value: number, weight = 1) => ({ value, weight, isCensored: true });

describe('survival', () => {
  it.each([
    [0, 4],
    [0.25, 3],
    [0.49, 3],
    [0.5, 2],
    [1, 1],
  ])('of whole lengths is their share: %d exceed', (share, length) => {
    expect(new Survival([seen(3), seen(1), seen(4), seen(2)]).exceededBy(share)).toBe(length);
  });

  it('is that of the textbook for lengths cut short', () => {
    // Kaplan and Meier's product: 6 at risk, 3 end at 6; one is cut there; then 1 of 2 ends at 7.
    const survival = new Survival([seen(6), seen(6), seen(6), beyond(6), seen(7), beyond(9)]);

    expect(survival.exceededBy(0.5)).toBe(6);
    expect(survival.exceededBy(0.25)).toBe(7);
    expect(survival.exceededBy(0.24)).toBeNull();
    expect(survival.longest).toBe(7);
  });

  it('counts by weight', () => {
    expect(new Survival([seen(1, 9), seen(5, 1)]).exceededBy(0.1)).toBe(1);
    expect(new Survival([seen(1, 1), seen(5, 9)]).exceededBy(0.1)).toBe(5);
  });

  it('of nothing is not known', () => {
    expect(new Survival([]).exceededBy(0.5)).toBeNull();
    expect(new Survival([beyond(3)]).exceededBy(0.5)).toBeNull();
  });
});
