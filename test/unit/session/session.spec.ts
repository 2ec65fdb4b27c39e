import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Execution } from '../../../src/process/execution.js';
import type { ExecutionOutcome } from '../../../src/process/execution-outcome.js';
import type { ExecutionRequest } from '../../../src/process/execution-request.js';
import { ProcessError } from '../../../src/process/process-error.js';
import type { HookedProcesses } from '../../../src/hook/hooked-processes.js';
import { ProcessPlaces } from '../../../src/session/process-places.js';
import { Session } from '../../../src/session/session.js';
import { SessionError } from '../../../src/session/session-error.js';

const REQUEST = {} as ExecutionRequest;

/** What a session sees of an execution; it ends when the test says so. */
class FakeExecution {
  readonly done: string[] = [];
  readonly ended: Promise<ExecutionOutcome>;
  readonly gone: Promise<void>;
  end!: (outcome: ExecutionOutcome) => void;
  vanish!: () => void;

  constructor(readonly id: string) {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    this.gone = new Promise((resolve) => {
      this.vanish = resolve;
    });
  }

  get pid(): number {
    return 100 + Number(this.id);
  }

  abandon(reason: string): void {
    this.done.push(`abandon ${reason}`);
  }

  terminate(reason: string, error: string | null = null): void {
    this.done.push(`terminate ${reason} ${String(error)}`);
  }
}

/** Starts what the test lets start. */
class FakeProcesses {
  readonly starts: { readonly succeed: (execution: FakeExecution) => void; readonly fail: (error: Error) => void }[] =
    [];

  start(): Promise<Execution> {
    return new Promise((resolve, reject) => {
      const succeed = (execution: FakeExecution): void => {
        resolve(execution as unknown as Execution);
      };
      this.starts.push({ succeed, fail: reject });
    });
  }
}

let processes: FakeProcesses;
let session: Session;
let places: ProcessPlaces;

beforeEach(() => {
  processes = new FakeProcesses();
  places = new ProcessPlaces(null);
  session = create(2);
});

afterEach(() => {
  jest.useRealTimers();
});

function create(maxProcesses: number): Session {
  return new Session(processes as unknown as HookedProcesses, maxProcesses, places);
}

function outcome(survivors: number[] = []): ExecutionOutcome {
  return { status: 'completed', survivors } as unknown as ExecutionOutcome;
}

async function started(id: string): Promise<FakeExecution> {
  const execution = new FakeExecution(id);
  const start = session.start(REQUEST);
  processes.starts.at(-1)?.succeed(execution);
  await start;
  return execution;
}

async function ended(execution: FakeExecution, survivors: number[] = []): Promise<void> {
  if (survivors.length === 0) execution.vanish();
  execution.end(outcome(survivors));
  await settle();
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** The fault that a promise is rejected with. */
async function fault(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ProcessError || error instanceof SessionError) return error.fault;
    throw error;
  }
  return null;
}

function ids(executions: readonly { readonly id: string }[]): string[] {
  return executions.map(({ id }) => id);
}

describe('a place among all sessions', () => {
  beforeEach(() => {
    places = new ProcessPlaces(1);
    session = create(2);
  });

  it('is taken from the start of a command until no process of it is left', async () => {
    const execution = await started('1');
    expect(await fault(session.start(REQUEST))).toEqual({ kind: 'process-limit', limit: 1 });
    execution.end(outcome([7]));
    await settle();
    expect(await fault(create(2).start(REQUEST))).toEqual({ kind: 'process-limit', limit: 1 });

    execution.vanish();
    await settle();
    expect((await started('2')).id).toBe('2');
  });

  it('is given back where the command cannot start', async () => {
    const start = session.start(REQUEST);
    processes.starts.at(-1)?.fail(new ProcessError({ kind: 'start-refused', resource: 'x', code: 'x' }));
    expect(await fault(start)).toMatchObject({ kind: 'start-refused' });

    expect((await started('2')).id).toBe('2');
  });

  it('is not taken by a command that the session has no place for', async () => {
    places = new ProcessPlaces(2);
    session = create(1);
    await started('1');
    expect(await fault(session.start(REQUEST))).toEqual({ kind: 'already-running' });
    session = create(1);

    expect((await started('2')).id).toBe('2');
  });
});

describe('a session', () => {
  it('has an id and a token of its own', () => {
    const other = create(1);

    expect(session.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(session.id).not.toBe(other.id);
    expect(Buffer.from(session.resumeToken, 'base64url')).toHaveLength(16);
    expect(session.resumeToken).not.toBe(other.resumeToken);
  });

  it('runs what it was asked to, and forgets it at its end', async () => {
    const one = await started('1');
    const two = await started('2');
    expect(ids(session.running)).toEqual(['1', '2']);

    await ended(one);
    expect(ids(session.running)).toEqual(['2']);
    await ended(two);
    expect(session.running).toEqual([]);
  });
});

describe('the number of processes', () => {
  it('is limited, from the moment a start is asked for', async () => {
    void session.start(REQUEST);
    void session.start(REQUEST);

    expect(await fault(session.start(REQUEST))).toEqual({ kind: 'already-running' });
    expect(processes.starts).toHaveLength(2);
  });

  it('has room again when one ends', async () => {
    const one = await started('1');
    await started('2');
    expect(await fault(session.start(REQUEST))).toEqual({ kind: 'already-running' });

    await ended(one);
    await started('3');
    expect(ids(session.running)).toEqual(['2', '3']);
  });

  it('has room again when a start fails', async () => {
    session = create(1);
    const start = session.start(REQUEST);
    processes.starts[0]?.fail(new ProcessError({ kind: 'unusable-request', field: 'argv', message: 'x' }));
    expect(await fault(start)).toMatchObject({ kind: 'unusable-request' });

    await started('2');
    expect(ids(session.running)).toEqual(['2']);
  });
});

describe('the execution that is meant', () => {
  it('is the one that was started last, or the one of the id', async () => {
    await started('1');
    await started('2');

    expect((await session.find(null)).id).toBe('2');
    expect((await session.find('1')).id).toBe('1');
  });

  it('may still be starting', async () => {
    const start = session.start(REQUEST);
    const found = session.find(null);
    processes.starts[0]?.succeed(new FakeExecution('1'));

    expect((await found).id).toBe('1');
    await start;
  });

  it('is none where its start fails', async () => {
    const start = session.start(REQUEST);
    const found = session.find(null);
    processes.starts[0]?.fail(new ProcessError({ kind: 'unusable-request', field: 'argv', message: 'x' }));

    expect(await fault(found)).toEqual({ kind: 'not-running', pid: null, executionId: null });
    expect(await fault(start)).not.toBeNull();
  });

  it('is none where nothing runs, and is named as far as it is known', async () => {
    expect(await fault(session.find(null))).toEqual({ kind: 'not-running', pid: null, executionId: null });
    expect(await fault(session.find('9'))).toEqual({ kind: 'not-running', pid: null, executionId: '9' });
    await ended(await started('1'));
    expect(await fault(session.find('1'))).toEqual({ kind: 'not-running', pid: 101, executionId: '1' });
    expect(await fault(session.find(null))).toEqual({ kind: 'not-running', pid: null, executionId: null });
  });

  it('can be looked at while it runs and after its end', async () => {
    const one = await started('1');
    expect(await session.look('1')).toBe(one);

    await ended(one);
    expect(await session.look('1')).toMatchObject({ id: '1', outcome: { status: 'completed' } });
    expect(await fault(session.look('2'))).toEqual({ kind: 'not-running', pid: null, executionId: '2' });
  });
});

describe('survivors', () => {
  it('are listed until they are gone, and take no place', async () => {
    session = create(1);
    const one = await started('1');
    await ended(one, [7]);
    expect(ids(session.running)).toEqual([]);
    expect(ids(session.survived)).toEqual(['1']);

    const two = await started('2');
    expect(ids(session.running)).toEqual(['2']);
    await ended(two);
    expect(ids(session.survived)).toEqual(['1']);
    one.vanish();
    await settle();
    expect(session.survived).toEqual([]);
  });

  it('can be meant by their id', async () => {
    await ended(await started('1'), [7]);

    expect((await session.find('1')).id).toBe('1');
    expect(await fault(session.find(null))).toMatchObject({ kind: 'not-running' });
  });

  it('end with the session', async () => {
    const one = await started('1');
    await ended(one, [7]);
    session.end('disconnected');

    expect(one.done).toEqual(['terminate disconnected null']);
  });
});

describe('the time a session is idle', () => {
  it('runs when nothing runs', async () => {
    jest.useFakeTimers();
    session = create(1);
    jest.advanceTimersByTime(700);
    expect(session.idleMs(performance.now())).toBe(700);

    const start = session.start(REQUEST);
    expect(session.idleMs(performance.now())).toBe(0);
    const execution = new FakeExecution('1');
    processes.starts[0]?.succeed(execution);
    await start;
    jest.advanceTimersByTime(5000);
    expect(session.idleMs(performance.now())).toBe(0);

    await ended(execution);
    expect(session.idleMs(performance.now())).toBe(0);
    jest.advanceTimersByTime(300);
    expect(session.idleMs(performance.now())).toBe(300);
  });
});

describe('a session whose client is gone', () => {
  it('abandons what runs', async () => {
    const one = await started('1');
    const two = await started('2');
    session.end('disconnected');

    expect([one.done, two.done]).toEqual([['abandon disconnected'], ['abandon disconnected']]);
  });

  it('abandons what was still starting', async () => {
    const start = session.start(REQUEST);
    session.end('disconnected');
    const execution = new FakeExecution('1');
    processes.starts[0]?.succeed(execution);
    await start;

    expect(execution.done).toEqual(['abandon disconnected']);
  });
});

describe('a session that is drained', () => {
  it('ends what runs, with a reason, and waits until nothing is left', async () => {
    const one = await started('1');
    let drained = false;
    const drain = session.drain('shutdown', 'Service is shutting down').then(() => (drained = true));
    await settle();
    expect(one.done).toEqual(['terminate shutdown Service is shutting down']);
    expect(drained).toBe(false);

    await ended(one);
    await drain;
    expect(session.running).toEqual([]);
  });

  it('ends survivors and waits until they are gone', async () => {
    const one = await started('1');
    await ended(one, [7]);
    let drained = false;
    const drain = session.drain('shutdown', 'x').then(() => (drained = true));
    await settle();
    expect(one.done).toEqual(['terminate shutdown null']);
    expect(drained).toBe(false);

    one.vanish();
    await drain;
  });

  it('has nothing to wait for when nothing runs', async () => {
    await session.drain('shutdown', 'x');

    expect(session.running).toEqual([]);
  });

  it('ends also what was still starting', async () => {
    const start = session.start(REQUEST);
    let drained = false;
    const drain = session.drain('shutdown', 'x').then(() => (drained = true));
    await settle();
    const execution = new FakeExecution('1');
    processes.starts[0]?.succeed(execution);
    await start;
    await settle();
    expect(execution.done).toEqual(['terminate shutdown x']);
    expect(drained).toBe(false);

    await ended(execution);
    await drain;
  });
});
