import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ResourceLimits } from '../../../../src/config/resource-limits.js';
import { resourceLimitsOf } from '../../../../src/process/limit/resource-limits-of.js';

const NAMES = ['cpuSeconds', 'memoryBytes', 'outputBytes', 'fileBytes', 'processes', 'openFiles'] as const;

const amount = fc.option(fc.integer({ min: 1, max: 20 }));
const limits = fc.record({
  cpuSeconds: amount,
  memoryBytes: amount,
  outputBytes: amount,
  fileBytes: amount,
  processes: amount,
  openFiles: amount,
});

/** The fault it is refused with, or the limits. */
function outcome(asked: Partial<ResourceLimits>, maxima: ResourceLimits): unknown {
  try {
    return resourceLimitsOf(asked, maxima);
  } catch (error) {
    return (error as { fault?: unknown }).fault;
  }
}

describe('the limits of an execution', () => {
  it('are never over the operator’s, and never other than asked for', () => {
    fc.assert(
      fc.property(limits, limits, (asked, maxima) => {
        const over = NAMES.find((name) => (asked[name] ?? 0) > (maxima[name] ?? Infinity));
        const expected =
          over === undefined
            ? Object.fromEntries(NAMES.map((name) => [name, asked[name] ?? maxima[name]]))
            : { kind: 'limit-over-maximum', resource: over, maximum: maxima[over] };

        expect(outcome(asked, maxima)).toEqual(expected);
      }),
    );
  });

  it('are the operator’s where the client asks for none', () => {
    const maxima = { cpuSeconds: 1, memoryBytes: 2, outputBytes: 3, fileBytes: 4, processes: 5, openFiles: 6 };

    expect(outcome({}, maxima)).toEqual(maxima);
    expect(outcome({ openFiles: 6, processes: null }, maxima)).toEqual(maxima);
  });
});
