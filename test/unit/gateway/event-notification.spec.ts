import { describe, expect, it } from '@jest/globals';
import { eventNotification } from '../../../src/gateway/event-notification.js';
import type { ExecutionEvent } from '../../../src/process/execution-event.js';
import type { ExecutionOutcome } from '../../../src/process/execution-outcome.js';

const COMMON = { execution_id: 'e', session_id: 's', seq: 9 };

function told(event: ExecutionEvent): { readonly method: string; readonly params: Record<string, unknown> } {
  const { method, params } = eventNotification({ id: 'e', pid: 7, sessionId: 's' }, 9, event);
  return { method, params: JSON.parse(JSON.stringify(params)) };
}

function outcome(given: Partial<ExecutionOutcome> = {}): ExecutionOutcome {
  return {
    status: 'completed',
    exitCode: 0,
    signal: null,
    reason: 'exit',
    error: null,
    evidence: null,
    durationMs: 1234,
    stdout: { bytes: 3, sha256: 'aa' },
    stderr: { bytes: 0, sha256: 'bb' },
    survivors: [],
    completion: null,
    cpuSeconds: 0.25,
    maxRssBytes: 4096,
    ...given,
  };
}

describe('an event', () => {
  it('of an end by a limit tells what was exceeded, by its name on the wire', () => {
    const evidence = { resource: 'memoryBytes', limit: 100, observed: 120 } as const;

    expect(told({ type: 'completed', outcome: outcome({ reason: 'resource_limit', evidence }) }).params).toMatchObject({
      reason: 'resource_limit',
      evidence: { resource: 'memory_bytes', limit: 100, observed: 120 },
    });
  });

  it('of a limit that is near is told with what is left', () => {
    expect(told({ type: 'warning', remainingMs: 2000, limitMs: 10_000, basedOn: 'client' })).toStrictEqual({
      method: 'timeout.warning',
      params: { remaining: 2, limit: 10, based_on: 'client', ...COMMON },
    });
  });

  it.each([
    [10_000, 20_000, 10, 20],
    [10_000, null, 10, null],
    [null, 500, null, 0.5],
  ])('of a limit that moves from %j to %j ms is told in seconds', (fromMs, toMs, from, to) => {
    expect(told({ type: 'extended', fromMs, toMs, why: 'progress' })).toStrictEqual({
      method: 'timeout.extended',
      params: { from, to, why: 'progress', ...COMMON },
    });
  });

  it('started is told with the time of the start', () => {
    expect(told({ type: 'started', at: 1_700_000_000_250 })).toStrictEqual({
      method: 'process.started',
      params: {
        status: 'started',
        pid: 7,
        pgid: 7,
        exit_code: null,
        error: null,
        started_at: 1_700_000_000.25,
        ...COMMON,
      },
    });
  });

  it.each(['paused', 'resumed', 'canceled'] as const)('%s is told as the recorded clients know it', (type) => {
    expect(told({ type })).toStrictEqual({
      method: `process.${type}`,
      params: { status: type, pid: 7, pgid: 7, exit_code: null, error: null, ...COMMON },
    });
  });

  it.each<[number | null, number | null]>([
    [2500, 2.5],
    [null, null],
  ])('stalled with a limit of %j ms is told in seconds', (stallTimeoutMs, seconds) => {
    expect(told({ type: 'stalled', idleMs: 2750, stallTimeoutMs })).toStrictEqual({
      method: 'process.stalled',
      params: { idle: 2.75, stall_timeout: seconds, ...COMMON },
    });
  });

  it.each(['execution', 'stall'] as const)('of a time limit of the kind %s is told as an error', (limit) => {
    const { method, params } = told({ type: 'time-limit', limit, durationMs: 1500, message: 'Stream timeout: x' });

    expect(method).toBe('process.error');
    expect(params).toMatchObject({ error: 'Stream timeout: x', code: -32004, ...COMMON });
    // Section 2 of the contract gives the data of -32004.
    expect(params).toMatchObject({ kind: limit, duration: 1.5 });
  });

  it('completed is told with the whole account', () => {
    expect(told({ type: 'completed', outcome: outcome() })).toStrictEqual({
      method: 'process.completed',
      params: {
        status: 'completed',
        pid: 7,
        pgid: 7,
        exit_code: 0,
        signal: null,
        error: null,
        reason: 'exit',
        execution_time: 1.234,
        seq_last: 9,
        bytes: { stdout: 3, stderr: 0 },
        sha256: { stdout: 'aa', stderr: 'bb' },
        evidence: null,
        survivors: [],
        cpu_seconds: 0.25,
        max_rss_bytes: 4096,
        early_completion_detected: false,
        early_completion_time: null,
        completion_marker: null,
        time_saved: 0,
        ...COMMON,
      },
    });
  });

  it('completed tells how it ended', () => {
    const ended = outcome({
      status: 'failed',
      exitCode: -9,
      signal: 'SIGKILL',
      reason: 'timeout',
      error: 'Stream timeout',
      survivors: [8, 9],
    });

    expect(told({ type: 'completed', outcome: ended }).params).toMatchObject({
      status: 'failed',
      exit_code: -9,
      signal: 'SIGKILL',
      reason: 'timeout',
      error: 'Stream timeout',
      survivors: [8, 9],
    });
  });
});
