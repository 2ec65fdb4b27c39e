import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadMultiplier } from '../../../src/resource/load-multiplier.js';

const CONFIG = { thresholdPercent: 14, multiplier: 3 };
const percent = fc.option(fc.double({ min: 0, max: 100, noNaN: true }));

describe('the load multiplier', () => {
  it.each([
    [0, 0, 1],
    [13.9, 13.9, 1],
    [14, 14, 1],
    [14.1, 0, 3],
    [0, 14.1, 3],
    [100, 100, 3],
    [null, null, 1],
    [null, 14.1, 3],
    [14.1, null, 3],
    [14, null, 1],
  ])('at %p %% CPU and %p %% GPU is %d', (cpuPercent, gpuPercent, expected) => {
    expect(loadMultiplier({ cpuPercent, gpuPercent }, CONFIG)).toBe(expected);
  });

  it.each([0, 100])('at a threshold of %d %% still asks for more than that', (thresholdPercent) => {
    const at = (load: number): number =>
      loadMultiplier({ cpuPercent: load, gpuPercent: load }, { ...CONFIG, thresholdPercent });

    expect(at(thresholdPercent)).toBe(1);
    expect(at(100)).toBe(thresholdPercent < 100 ? 3 : 1);
  });

  it('is 1 or the multiplier, and never falls with more load', () => {
    fc.assert(
      fc.property(percent, percent, fc.double({ min: 0, max: 50, noNaN: true }), (cpuPercent, gpuPercent, more) => {
        const multiplier = loadMultiplier({ cpuPercent, gpuPercent }, CONFIG);
        expect([1, 3]).toContain(multiplier);
        const loaded = { cpuPercent: (cpuPercent ?? 0) + more, gpuPercent };
        expect(loadMultiplier(loaded, CONFIG)).toBeGreaterThanOrEqual(multiplier);
      }),
    );
  });
});
