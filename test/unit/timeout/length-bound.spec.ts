import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Length, type LengthBound, lengthBound } from '../../../src/timeout/length-bound.js';

const MARGIN = 3;
const bound = (lengths: readonly Length[]): LengthBound | null => lengthBound(lengths, MARGIN);
const whole = (ms: number): Length => ({ ms, isCensored: false });
const cut = (ms: number): Length => ({ ms, isCensored: true });
const boundOf = (lengths: readonly Length[]): number => bound(lengths)?.boundMs ?? 0;

/** What lengths may be: some cut short, at least one whole, often with ties. */
const lengthsArb = fc
  .array(
    fc.record({
      ms: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.double({ min: 0.001, max: 1e8, noNaN: true })),
      isCensored: fc.boolean(),
    }),
    { minLength: 1, maxLength: 99 },
  )
  .filter((lengths) => lengths.some(({ isCensored }) => !isCensored));

/** Floating-point sums of weights are exact to this share. */
const atLeast = (before: number): number => before * (1 - 1e-9);

describe('the bound of a length', () => {
  it('is not known where nothing was seen whole', () => {
    expect(bound([])).toBeNull();
    expect(bound([cut(5), cut(7)])).toBeNull();
  });

  it('is the margin above the longest of a few', () => {
    expect(bound([whole(10), whole(30), whole(20)])).toMatchObject({ typicalMs: 20, boundMs: MARGIN * 30 });
  });

  it('is not ruled by one outlier', () => {
    const usual = Array.from({ length: 20 }, () => whole(10));

    expect(boundOf([...usual.slice(0, 10), whole(100_000), ...usual.slice(10)])).toBe(MARGIN * 10);
    expect(boundOf([...usual, whole(100_000)])).toBe(MARGIN * 10);
    expect(boundOf([...usual, whole(500), whole(500)])).toBe(MARGIN * 500);
  });

  it('follows what is recent', () => {
    const once = Array.from({ length: 40 }, () => whole(1000));
    const lately = Array.from({ length: 60 }, () => whole(10));

    expect(bound([...once, ...lately])?.typicalMs).toBe(10);
    expect(bound([...lately, ...once])?.typicalMs).toBe(1000);
  });

  it('does not sink when the long ones are cut', () => {
    const mixed = Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? whole(100) : whole(10)));
    const survivors = mixed.map(({ ms }) => (ms === 100 ? cut(40) : whole(ms)));

    expect(boundOf(survivors)).toBeGreaterThanOrEqual(2 * 40);
    expect(boundOf(survivors)).toBeGreaterThanOrEqual(boundOf(mixed.filter(({ ms }) => ms === 10)));
  });

  it('grows when one run after the other is cut at it', () => {
    let lengths = [whole(10), whole(10), whole(10)];
    for (let run = 0; run < 20; run++) lengths = [...lengths, cut(boundOf(lengths))];

    expect(boundOf(lengths)).toBeGreaterThan(1000);
  });

  it.each([
    [3, 0.746],
    [10, 0.803],
    [100, 0.948],
  ])('of %d runs has a quantile of %d', (count, quantile) => {
    const lengths = Array.from({ length: count }, (_, index) => whole(index + 1));

    expect(bound(lengths)?.quantile).toBeCloseTo(quantile, 3);
  });

  it('keeps its promise: no more of what comes exceeds the quantile', () => {
    // Exchangeable lengths of a heavy tail, from a fixed generator.
    let state = 1;
    const uniform = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    let promised = 0;
    let kept = 0;
    for (let trial = 0; trial < 3000; trial++) {
      const lengths = Array.from({ length: 3 + (trial % 60) }, () => whole(Math.exp(normal())));
      const { boundMs, quantile } = bound(lengths)!;
      promised += quantile;
      if (Math.exp(normal()) <= boundMs / MARGIN) kept++;
    }

    expect(kept).toBeGreaterThan(promised - 3 * Math.sqrt(3000 * 0.25));
  });
});

describe('any bound', () => {
  it('never falls when a longer one is added', () => {
    fc.assert(
      fc.property(lengthsArb, fc.double({ min: 1, max: 100, noNaN: true }), (lengths, factor) => {
        const longer = Math.max(...lengths.map(({ ms }) => ms)) * factor;

        expect(boundOf([...lengths, whole(longer)])).toBeGreaterThanOrEqual(atLeast(boundOf(lengths)));
      }),
      { numRuns: 2000 },
    );
  });

  it('never falls when one is replaced by a longer one', () => {
    const withIndex = lengthsArb.chain((lengths) =>
      fc.tuple(fc.constant(lengths), fc.nat({ max: lengths.length - 1 }), fc.double({ min: 1, max: 50, noNaN: true })),
    );
    fc.assert(
      fc.property(withIndex, ([lengths, index, factor]) => {
        fc.pre(lengths.every(({ isCensored }) => !isCensored));
        const longer = lengths.map((length, at) => (at === index ? whole(length.ms * factor) : length));

        expect(boundOf(longer)).toBeGreaterThanOrEqual(atLeast(boundOf(lengths)));
      }),
      { numRuns: 500 },
    );
  });

  it('never falls when one that was cut short is added', () => {
    fc.assert(
      fc.property(lengthsArb, fc.double({ min: 0, max: 1e8, noNaN: true }), (lengths, ms) => {
        expect(boundOf([...lengths, cut(ms)])).toBeGreaterThanOrEqual(atLeast(boundOf(lengths)));
      }),
      { numRuns: 2000 },
    );
  });

  it('is a finite number above what is typical', () => {
    fc.assert(
      fc.property(lengthsArb, (lengths) => {
        const { typicalMs, boundMs, quantile } = bound(lengths)!;

        expect(boundMs).toBeGreaterThanOrEqual(typicalMs);
        expect(Number.isFinite(boundMs)).toBe(true);
        expect(quantile).toBeGreaterThan(0);
        expect(quantile).toBeLessThan(1);
      }),
    );
  });
});
