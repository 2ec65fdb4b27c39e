import { describe, expect, it } from '@jest/globals';
import { type RunEnd, runFrom } from '../../../src/timeout/run-from.js';

const end: RunEnd = {
  executionId: 'x',
  endedAt: 5,
  activeMs: 100,
  longestStillnessMs: 30,
  lastStillnessMs: 10,
  loadMultiplier: 3,
  reason: 'exit',
  exitCode: 0,
};

describe('what a run teaches', () => {
  it('is its whole length where it succeeded', () => {
    expect(runFrom(end, [0], null)).toEqual({
      executionId: 'x',
      endedAt: 5,
      durationMs: 100,
      isDurationCensored: false,
      silenceMs: 30,
      isSilenceCensored: false,
      loadMultiplier: 3,
    });
  });

  it.each([
    ['a success by another code', { exitCode: 1 }, [0, 1], null, false],
    ['a failure of a task nothing is known of', { exitCode: 1 }, [0], null, true],
    ['a failure fast at the start', { exitCode: 1 }, [0], 1000, true],
    ['a failure after a usual time', { exitCode: 1 }, [0], 150, false],
    ['an end by a signal', { reason: 'signal', exitCode: -9 }, [0], 10, true],
    ['an end by CANCEL', { reason: 'canceled', exitCode: -15 }, [0], 10, true],
    ['an end with the client', { reason: 'disconnected', exitCode: -15 }, [0], 10, true],
    ['an end with the service', { reason: 'shutdown', exitCode: -15 }, [0], 10, true],
    ['an end on a limit', { reason: 'timeout', exitCode: -15 }, [0], 10, true],
    ['an end on a limit although the command exits with 0', { reason: 'timeout', exitCode: 0 }, [0], 10, true],
  ])('is, of %s, cut short or not', (_name, given, success, typicalMs, isDurationCensored) => {
    expect(runFrom({ ...end, ...given }, success, typicalMs)).toMatchObject({ durationMs: 100, isDurationCensored });
  });

  it('is, of one that stood still, that it was longer than it worked, and stood still for longer', () => {
    const stalled = { ...end, reason: 'stalled', exitCode: -15, longestStillnessMs: 60, lastStillnessMs: 60 };

    expect(runFrom(stalled, [0], null)).toMatchObject({
      durationMs: 40,
      isDurationCensored: true,
      silenceMs: 60,
      isSilenceCensored: true,
    });
  });

  it('is a whole silence where that was over before the end', () => {
    expect(runFrom({ ...end, reason: 'canceled' }, [0], null)).toMatchObject({
      silenceMs: 30,
      isSilenceCensored: false,
    });
  });

  it('is nothing where nobody saw the end', () => {
    expect(runFrom({ ...end, reason: 'server_lost' }, [0], null)).toBeNull();
  });
});
