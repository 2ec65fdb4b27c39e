import { describe, expect, it } from '@jest/globals';
import { detectorTable } from '../../../src/config/detector-table.js';

function faultsOf(source: unknown): string {
  const faults: string[] = [];
  detectorTable(source, (text) => faults.push(text));
  return faults.join('\n');
}

describe('a table of detectors', () => {
  it('has budgets of its own', () => {
    expect(detectorTable(null, () => undefined)).toEqual({ lineBytes: 4096, jsonBytes: 262_144, entries: [] });
  });

  it.each([
    [{ line_bytes: 10 }, 'line_bytes must be a whole number from 256'],
    [{ detectors: [{ patterns: ['done!'] }] }, 'detectors[0].kind must be given'],
    [{ detectors: [{ kind: 'joy', patterns: ['done!'] }] }, 'detectors[0].kind must be one of completion'],
    [{ detectors: [{ kind: 'completion' }] }, 'detectors[0] must have patterns or json'],
    [{ detectors: [{ kind: 'completion', patterns: ['ok'] }] }, 'detectors[0].patterns[0] must have 4 bytes'],
    [{ detectors: [{ kind: 'completion', patterns: [5] }] }, 'detectors[0].patterns[0] must be a text'],
    [
      { detectors: [{ kind: 'completion', patterns: ['done!'], retry_after: 1 }] },
      'retry_after is for rate_limit only',
    ],
    [{ detectors: [{ kind: 'completion', json: [{ where: { ok: true } }] }] }, 'where must have a text of 2'],
    [{ detectors: [{ kind: 'completion', json: [{ where: { type: 'done', a: null } }] }] }, 'where.a must be a text'],
    [
      { detectors: [{ kind: 'completion', json: [{ where: { type: 'x'.repeat(257) } }] }] },
      'where must have texts of at most 256',
    ],
    [{ detectors: [{ kind: 'completion', json: [{ where: 'x' }] }] }, 'where must be a map'],
    [
      { detectors: [{ kind: 'completion', json: [{ where: { type: 'done' }, captures: { x: 'y' } }] }] },
      'captures must hold paths under path',
    ],
  ])('%j is refused', (source, fault) => {
    expect(faultsOf(source)).toContain(fault);
  });
});
