import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Execution } from '../../../src/process/execution.js';
import type { ExecutionEvent } from '../../../src/process/execution-event.js';
import type { ExecutionOutcome } from '../../../src/process/execution-outcome.js';
import type { ExecutionRequest } from '../../../src/process/execution-request.js';
import { ProcessError } from '../../../src/process/process-error.js';
import type { KnownExecution } from '../../../src/session/known-execution.js';
import type { HookedProcesses } from '../../../src/hook/hooked-processes.js';
import { ProcessPlaces } from '../../../src/session/process-places.js';
import { Session } from '../../../src/session/session.js';
import type { SessionClient } from '../../../src/session/session-client.js';
import { SessionError } from '../../../src/session/session-error.js';
import type { SessionLink } from '../../../src/session/session-link.js';
import { EventLog } from '../../../src/stream/event-log.js';
import { LogBudget } from '../../../src/stream/log/log-budget.js';

const TTL_MS = 60_000;
const REQUEST = { program: { command: 'true' }, labels: {}, onDisconnect: 'cancel' } as unknown as ExecutionRequest;
const CLIENT: SessionClient = { tokenName: 'ann', group: 'team', role: 'controller', address: '127.0.0.1' };

/** What a session sees of an execution; it ends when the test says so. */
class FakeExecution {
  readonly done: string[] = [];
  readonly log = new EventLog<ExecutionEvent>({ keepBytes: 1e6, onFull: 'block', budget: new LogBudget(1e9) });
  readonly ended: Promise<ExecutionOutcome>;
  readonly gone: Promise<void>;
  end!: (outcome: ExecutionOutcome) => void;
  vanish!: () => void;

  constructor(
    readonly id: string,
    readonly request: ExecutionRequest = REQUEST,
  ) {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    this.gone = new Promise((resolve) => {
      this.vanish = resolve;
    });
    this.log.appendEvent({ type: 'started', at: 0 });
  }

  get pid(): number {
    return 100 + Number(this.id);
  }

  abandon(reason: string): void {
    this.done.push(`abandon ${reason}`);
  }

  terminate(reason: string): void {
    this.done.push(`terminate ${reason}`);
  }

  pause(): Promise<() => void> {
    this.done.push('pause');
    return Promise.resolve(() => {
      this.log.appendEvent({ type: 'paused' });
    });
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

class FakeLink implements SessionLink {
  isOpen = true;
  superseded = 0;

  supersede(): void {
    this.superseded++;
  }
}

let processes: FakeProcesses;
let session: Session;
let places: ProcessPlaces;
let told: string[];
let link: FakeLink;

beforeEach(() => {
  processes = new FakeProcesses();
  places = new ProcessPlaces(null);
  told = [];
  session = create(2);
});

afterEach(() => {
  jest.useRealTimers();
});

function create(maxProcesses: number): Session {
  const created = new Session(CLIENT, {
    processes: processes as unknown as HookedProcesses,
    places,
    maxProcesses,
    detachedTtlMs: TTL_MS,
    keep: ({ id }) => {
      told.push(`kept ${id}`);
    },
    started: ({ id }) => told.push(`started ${id}`),
    ended: ({ id }) => told.push(`ended ${id}`),
  });
  link = new FakeLink();
  created.connect(link);
  return created;
}

function outcome(survivors: number[] = []): ExecutionOutcome {
  return { status: 'completed', survivors } as unknown as ExecutionOutcome;
}

async function started(id: string, request = REQUEST): Promise<FakeExecution> {
  const execution = new FakeExecution(id, request);
  const start = session.start(request, session.link!);
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

function known(id: string): KnownExecution {
  return session.executions.find((execution) => execution.id === id)!;
}

describe('a place among all sessions', () => {
  beforeEach(() => {
    places = new ProcessPlaces(1);
    session = create(2);
  });

  it('is taken from the start of a command until no process of it is left', async () => {
    const execution = await started('1');
    expect(await fault(session.start(REQUEST, link))).toEqual({ kind: 'process-limit', limit: 1 });
    execution.end(outcome([7]));
    await settle();
    expect(await fault(create(2).start(REQUEST, link))).toEqual({ kind: 'process-limit', limit: 1 });

    execution.vanish();
    await settle();
    expect((await started('2')).id).toBe('2');
  });

  it('is given back where the command cannot start', async () => {
    const start = session.start(REQUEST, link);
    processes.starts.at(-1)?.fail(new ProcessError({ kind: 'start-refused', resource: 'x', code: 'x' }));
    expect(await fault(start)).toMatchObject({ kind: 'start-refused' });

    expect((await started('2')).id).toBe('2');
  });

  it('is not taken by a command that the session has no place for', async () => {
    places = new ProcessPlaces(2);
    session = create(1);
    await started('1');
    expect(await fault(session.start(REQUEST, link))).toEqual({ kind: 'already-running' });
    session = create(1);

    expect((await started('2')).id).toBe('2');
  });
});

describe('a session', () => {
  it('has an id of its own', () => {
    expect(session.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(session.id).not.toBe(create(1).id);
  });

  it('runs what it was asked to, tells of it, and knows it after its end until it is forgotten', async () => {
    const one = await started('1');
    const two = await started('2');
    expect(ids(session.running)).toEqual(['1', '2']);

    await ended(one);
    expect(ids(session.running)).toEqual(['2']);
    expect(ids(session.executions)).toEqual(['1', '2']);
    await ended(two);
    expect(session.running).toEqual([]);
    const kept = `kept ${session.id}`;
    expect(told).toEqual([kept, 'started 1', kept, 'started 2', 'ended 1', 'ended 2']);

    known('1').forget();
    expect(ids(session.executions)).toEqual(['2']);
  });

  it('is read by its client from the start on', async () => {
    const start = session.start(REQUEST, link);
    processes.starts[0]?.succeed(new FakeExecution('1'));
    const { execution, source } = await start;

    expect(execution).toMatchObject({ id: '1', pid: 101, sessionId: session.id, group: 'team', isDetached: false });
    expect(source?.peek()).toMatchObject({ seq: 1 });
  });
});

describe('the number of processes', () => {
  it('is limited, from the moment a start is asked for', async () => {
    void session.start(REQUEST, link);
    void session.start(REQUEST, link);

    expect(await fault(session.start(REQUEST, link))).toEqual({ kind: 'already-running' });
    expect(processes.starts).toHaveLength(2);
  });

  it('has room again when one ends', async () => {
    const one = await started('1');
    await started('2');
    expect(await fault(session.start(REQUEST, link))).toEqual({ kind: 'already-running' });

    await ended(one);
    await started('3');
    expect(ids(session.running)).toEqual(['2', '3']);
  });

  it('has room again when a start fails', async () => {
    session = create(1);
    const start = session.start(REQUEST, link);
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

    expect((await session.find(null))?.id).toBe('2');
    expect((await session.find('1'))?.id).toBe('1');
  });

  it('may still be starting', async () => {
    const start = session.start(REQUEST, link);
    const found = session.find(null);
    processes.starts[0]?.succeed(new FakeExecution('1'));

    expect((await found)?.id).toBe('1');
    await start;
  });

  it('is none where its start fails', async () => {
    const start = session.start(REQUEST, link);
    const found = session.find(null);
    processes.starts[0]?.fail(new ProcessError({ kind: 'unusable-request', field: 'argv', message: 'x' }));

    expect(await found).toBeNull();
    expect(await fault(start)).not.toBeNull();
  });

  it('is none where nothing runs, and by its id one that ended', async () => {
    expect(await session.find(null)).toBeNull();
    expect(await session.find('9')).toBeNull();
    await ended(await started('1'));
    expect(await session.find(null)).toBeNull();

    expect(await session.find('1')).toMatchObject({
      live: null,
      account: { pid: 101, outcome: { status: 'completed' } },
    });
  });
});

describe('an execution that ended', () => {
  it('is kept without what it was fed and given', async () => {
    const request = { ...REQUEST, stdin: Buffer.alloc(10), environment: { A: 'b' } };
    await ended(await started('1', request));

    expect(known('1').account.request).toMatchObject({ stdin: null, environment: {}, program: { command: 'true' } });
  });

  it('is awaited until its client has all of it', async () => {
    const one = await started('1');
    await ended(one);
    expect(known('1').isAwaited).toBe(true);
    expect(session.isEmpty).toBe(false);

    one.log.own(0).acknowledge(1);
    expect(known('1').isAwaited).toBe(false);
    expect(session.isEmpty).toBe(true);
  });

  it('and left processes running is live until they are gone, and takes no place', async () => {
    session = create(1);
    const one = await started('1');
    await ended(one, [7]);
    expect(known('1')).toMatchObject({ hasEnded: true, live: one });

    const two = await started('2');
    expect(ids(session.running)).toEqual(['2']);
    await ended(two);
    one.vanish();
    await settle();
    expect(known('1').live).toBeNull();
    expect(session.isUnused).toBe(true);
  });
});

describe('the time a session is idle', () => {
  it('runs when nothing runs', async () => {
    jest.useFakeTimers();
    session = create(1);
    jest.advanceTimersByTime(700);
    expect(session.idleMs(performance.now())).toBe(700);

    const start = session.start(REQUEST, link);
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

describe('a session whose connection has ended', () => {
  it('keeps what comes for its client, and what was being started is read by nobody', async () => {
    const one = await started('1');
    const start = session.start(REQUEST, link);
    expect(session.disconnect(link)).toBe(true);
    expect(session.link).toBeNull();
    expect(one.done).toEqual([]);

    processes.starts.at(-1)?.succeed(new FakeExecution('2'));
    expect((await start).source).toBeNull();
  });

  it('starts nothing that was asked for on it', async () => {
    const before = link;
    session.connect(new FakeLink());

    expect(await fault(session.start(REQUEST, before))).toEqual({ kind: 'resume-rejected', reason: 'superseded' });
    expect(processes.starts).toHaveLength(0);
  });

  it('gets another one', async () => {
    await started('1');
    const another = new FakeLink();
    session.connect(another);
    expect(link.superseded).toBe(1);
    expect(session.link).toBe(another);

    expect(session.disconnect(link)).toBe(false);
    expect(session.link).toBe(another);
  });

  it('is no reader of what runs any more', async () => {
    const start = session.start(REQUEST, link);
    processes.starts[0]?.succeed(new FakeExecution('1'));
    const { source } = await start;
    session.disconnect(link);

    expect(source?.peek()).toBeNull();
  });
});

describe('a session that has ended', () => {
  it('abandons what runs and what was still starting, and ends survivors', async () => {
    const one = await started('1');
    const two = await started('2');
    await ended(two, [7]);
    const start = session.start(REQUEST, link);
    session.end('disconnected');
    const three = new FakeExecution('3');
    processes.starts.at(-1)?.succeed(three);
    await start;

    expect([one.done, two.done, three.done]).toEqual([
      ['abandon disconnected'],
      ['terminate disconnected'],
      ['abandon disconnected'],
    ]);
  });

  it.each(['keep', 'pause'] as const)('leaves behind what asked for it (%s), for so long', async (onDisconnect) => {
    jest.useFakeTimers();
    const request = { ...REQUEST, onDisconnect };
    const one = await started('1', request);
    session.end('disconnected');
    await settle();
    const paused = onDisconnect === 'pause' ? ['pause'] : [];
    expect(one.done).toEqual(paused);
    expect(known('1')).toMatchObject({ isDetached: true, isAwaited: false });
    jest.advanceTimersByTime(TTL_MS - 1);
    expect(one.done).toEqual(paused);

    jest.advanceTimersByTime(1);
    expect(one.done).toEqual([...paused, 'abandon disconnected']);
  });

  it('leaves behind what was still starting and asked for it', async () => {
    jest.useFakeTimers();
    const request = { ...REQUEST, onDisconnect: 'keep' as const };
    const start = session.start(request, link);
    session.end('disconnected');
    const one = new FakeExecution('1', request);
    processes.starts[0]?.succeed(one);
    await start;

    expect(one.done).toEqual([]);
    expect(known('1').isDetached).toBe(true);
    await ended(one);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('leaves nothing behind where the service ends', async () => {
    const one = await started('1', { ...REQUEST, onDisconnect: 'keep' });
    session.end('shutdown');

    expect(one.done).toEqual(['abandon shutdown']);
  });
});
