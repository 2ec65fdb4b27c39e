import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { executionEventFrom } from '../../../../src/gateway/cluster/execution-event-from.js';
import type { ExecutionEvent } from '../../../../src/process/execution-event.js';

const TOTALS = { bytes: 6, sha256: 'a'.repeat(64) };
const OUTCOME = {
  status: 'failed',
  exitCode: -9,
  signal: 'SIGKILL',
  reason: 'resource_limit',
  error: 'too much',
  completion: null,
  evidence: { resource: 'memoryBytes', limit: 1, observed: null },
  durationMs: 12.5,
  stdout: TOTALS,
  stderr: TOTALS,
  survivors: [7],
  cpuSeconds: null,
  maxRssBytes: 5,
} as const;

const EVENTS: ExecutionEvent[] = [
  { type: 'started', at: 1 },
  { type: 'paused' },
  { type: 'resumed' },
  { type: 'canceled' },
  { type: 'stalled', idleMs: 1, stallTimeoutMs: null },
  { type: 'warning', remainingMs: 1, limitMs: 2, basedOn: 'default' },
  { type: 'extended', fromMs: null, toMs: 2, why: 'client' },
  { type: 'time-limit', limit: 'stall', durationMs: 3, message: 'm' },
  { type: 'completed', outcome: OUTCOME },
  { type: 'completed', outcome: { ...OUTCOME, evidence: null, exitCode: null, signal: null, error: null } },
  {
    type: 'found',
    elapsedMs: 5,
    finding: {
      ...{ kind: 'rate_limit', stream: 'stderr', line: 'a line', text: 'line' },
      ...{ path: null, command: null, limit: null, retryAfterMs: 5, resetAt: null },
    },
  },
  {
    type: 'hook-warning',
    warning: { hook: 'h', hookType: 'pre-execute', error: null, stderr: '', message: 'm', severity: 'warning' },
  },
  { type: 'lost', error: 'gone' },
];

describe('an event that another service wrote', () => {
  it.each(EVENTS)('is $type', (event) => {
    expect(executionEventFrom(JSON.parse(JSON.stringify(event)))).toEqual(event);
  });

  it('is none where one of its fields is missing or of another kind', () => {
    for (const event of EVENTS) {
      for (const field of Object.keys(event)) {
        for (const wrong of [undefined, {}, [], true]) {
          expect(executionEventFrom({ ...event, [field]: wrong })).toBeNull();
        }
      }
    }
    for (const field of Object.keys(OUTCOME)) {
      expect(executionEventFrom({ type: 'completed', outcome: { ...OUTCOME, [field]: { a: 1 } } })).toBeNull();
    }
  });

  it('is none of whatever else', () => {
    for (const value of [null, 1, 'started', [], {}, { type: '__proto__' }, { type: 'toString' }]) {
      expect(executionEventFrom(value)).toBeNull();
    }
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(executionEventFrom(value)).toBeNull();
        executionEventFrom({ type: 'completed', outcome: value });
      }),
    );
  });
});
