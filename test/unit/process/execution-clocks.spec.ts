import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ExecutionClocks } from '../../../src/process/execution-clocks.js';
import type { TimeLimits } from '../../../src/timeout/time-limits.js';

/** What was told, as a word with its numbers. */
let told: string[];
let clocks: ExecutionClocks;

beforeEach(() => {
  jest.useFakeTimers();
  told = [];
});

afterEach(() => {
  clocks.clear();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

function start(given: Partial<TimeLimits>): void {
  const limits: TimeLimits = {
    timeoutMs: null,
    basedOn: 'client',
    isEstimated: false,
    stallTimeoutMs: null,
    stillnessMs: null,
    silenceNoticeMs: null,
    maxTimeoutMs: null,
    ...given,
  };
  clocks = new ExecutionClocks(limits, {
    warned: (remainingMs, limitMs, basedOn) => told.push(`warned ${remainingMs} of ${limitMs} ${basedOn}`),
    extended: (fromMs, toMs) => told.push(`extended ${fromMs} to ${toMs}`),
    silent: (idleMs) => told.push(`silent ${idleMs}`),
    expired: ({ kind, limitMs, idleMs, basedOn }) => {
      told.push(`expired ${kind} ${limitMs} idle ${idleMs} ${basedOn}`);
      clocks.clear();
    },
  });
}

function pass(milliseconds: number): string[] {
  told = [];
  jest.advanceTimersByTime(milliseconds);
  return told;
}

const estimated = { isEstimated: true, basedOn: 'exact_history' } as const;

describe('the limit a client gave', () => {
  it('is warned of at 80 %, and kept to the letter whatever the progress', () => {
    start({ timeoutMs: 1000 });

    expect(pass(799)).toEqual([]);
    expect(pass(1)).toEqual(['warned 200 of 1000 client']);
    clocks.output();
    expect(pass(200)).toEqual(['expired execution 1000 idle 200 client']);
  });

  it('stops while paused, and so does the warning', () => {
    start({ timeoutMs: 1000 });
    pass(700);
    clocks.pause();
    expect(pass(100_000)).toEqual([]);
    clocks.resume();

    expect(pass(100)).toEqual(['warned 200 of 1000 client']);
    expect(pass(200)).toEqual(['expired execution 1000 idle 1000 client']);
  });
});

describe('an estimated limit', () => {
  it('moves while there is progress, and is warned of again', () => {
    start({ timeoutMs: 1000, ...estimated });
    pass(900);
    clocks.progress();
    expect(pass(100)).toEqual(['extended 1000 to 2000']);
    expect(clocks.timeoutMs).toBe(2000);

    expect(pass(600)).toEqual(['warned 400 of 2000 exact_history']);
    clocks.output();
    expect(pass(400)).toEqual(['extended 2000 to 4000']);
  });

  it('ends what made no progress since the warning', () => {
    start({ timeoutMs: 1000, ...estimated });
    pass(700);
    clocks.output();

    expect(pass(300)).toEqual(['warned 200 of 1000 exact_history', 'expired execution 1000 idle 300 exact_history']);
  });

  it('moves while the client does not take the output', () => {
    start({ timeoutMs: 1000, ...estimated });
    pass(100);
    clocks.block(true);

    expect(pass(900)).toEqual(['warned 200 of 1000 exact_history', 'extended 1000 to 2000']);
  });

  it('never moves beyond the maximum', () => {
    start({ timeoutMs: 1000, maxTimeoutMs: 1500, ...estimated });
    pass(900);
    clocks.progress();
    expect(pass(100)).toEqual(['extended 1000 to 1500']);
    pass(400);
    clocks.progress();

    expect(pass(100)).toEqual(['expired execution 1500 idle 100 exact_history']);
  });

  it('ends at the maximum where it is the maximum itself', () => {
    start({ timeoutMs: 1000, maxTimeoutMs: 1000, ...estimated });
    pass(900);
    clocks.progress();

    expect(pass(100)).toEqual(['expired execution 1000 idle 100 exact_history']);
  });

  it('becomes the client’s own when it is extended, with nothing estimated left', () => {
    start({ timeoutMs: 1000, stillnessMs: 600, ...estimated });
    pass(500);
    clocks.setLimit(5000);
    expect(pass(3500)).toEqual(['warned 1000 of 5000 client']);
    clocks.output();

    expect(pass(1000)).toEqual(['expired execution 5000 idle 1000 client']);
  });

  it('does not warn at once of a new limit that is near', () => {
    start({ timeoutMs: 10_000, ...estimated });
    pass(900);
    clocks.setLimit(1000);

    expect(pass(100)).toEqual(['expired execution 1000 idle 1000 client']);
  });

  it('can be taken away', () => {
    start({ timeoutMs: 1000, ...estimated });
    clocks.setLimit(Infinity);

    expect(clocks.timeoutMs).toBeNull();
    expect(pass(1e9)).toEqual([]);
  });
});

describe('an estimated limit of stillness', () => {
  it.each(['output', 'progress'] as const)('begins anew with each %s', (sign) => {
    start({ timeoutMs: 10_000, stillnessMs: 600, ...estimated });
    for (let times = 0; times < 5; times++) {
      expect(pass(500)).toEqual([]);
      clocks[sign]();
    }

    expect(pass(600)).toEqual(['expired stall 600 idle 600 exact_history']);
  });

  it('stops while paused, and while the client takes nothing', () => {
    start({ timeoutMs: 10_000_000, stillnessMs: 600, ...estimated });
    clocks.block(true);
    expect(pass(5000)).toEqual([]);
    clocks.pause();
    clocks.block(false);
    expect(pass(5000)).toEqual([]);
    clocks.resume();

    expect(pass(600)).toEqual(['expired stall 600 idle 600 exact_history']);
  });
});

describe('a limit of silence a client gave', () => {
  it('is of output alone', () => {
    start({ stallTimeoutMs: 500 });
    pass(400);
    clocks.progress();

    expect(pass(100)).toEqual(['silent 500', 'expired stall 500 idle 100 client']);
  });
});

describe('the notice of silence', () => {
  it('is given once in a silence, and ends nothing', () => {
    start({ silenceNoticeMs: 500 });
    expect(pass(5000)).toEqual(['silent 500']);
    clocks.progress();
    expect(pass(5000)).toEqual([]);
    clocks.output();

    expect(pass(5000)).toEqual(['silent 500']);
  });
});

describe('the activity', () => {
  it('leaves pauses out, and knows the longest stillness and the last', () => {
    start({});
    pass(300);
    clocks.output();
    pass(100);
    clocks.pause();
    pass(10_000);
    clocks.resume();
    pass(50);

    expect(clocks.activity).toEqual({ activeMs: 450, longestStillnessMs: 300, lastStillnessMs: 150 });
    pass(200);
    expect(clocks.activity).toMatchObject({ longestStillnessMs: 350, lastStillnessMs: 350 });
  });

  it('stands when the clocks are cleared', () => {
    start({});
    pass(300);
    clocks.clear();
    pass(300);

    expect(clocks.activity.activeMs).toBe(300);
  });
});
