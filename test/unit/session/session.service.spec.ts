import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AppConfig } from '../../../src/config/app-config.js';
import type { LauncherService } from '../../../src/process/launcher.service.js';
import type { HookService } from '../../../src/hook/hook.service.js';
import type { HookedProcesses } from '../../../src/hook/hooked-processes.js';
import type { RedisService } from '../../../src/redis/redis.service.js';
import type { KnownExecution } from '../../../src/session/known-execution.js';
import { Session } from '../../../src/session/session.js';
import type { SessionClient } from '../../../src/session/session-client.js';
import { SessionDirectory } from '../../../src/session/session-directory.js';
import { SessionError } from '../../../src/session/session-error.js';
import type { SessionLink } from '../../../src/session/session-link.js';
import { SessionKeeper } from '../../../src/session/session-keeper.js';
import { SessionRegistry } from '../../../src/session/session-registry.js';
import { SessionService } from '../../../src/session/session.service.js';

const CLEANUP_MS = 10_000;
const GRACE_MS = 5000;
const ANN: SessionClient = { tokenName: 'ann', group: 'ann', role: 'controller', address: '127.0.0.1' };
const BOB: SessionClient = { tokenName: 'bob', group: 'bob', role: 'controller', address: '127.0.0.1' };

let ended: string[];
let empty: boolean;
let directory: SessionDirectory;
const links = new Map<Session, SessionLink>();

beforeEach(() => {
  jest.useFakeTimers();
  ended = [];
  empty = false;
  jest.spyOn(Session.prototype, 'end').mockImplementation(function (this: Session, reason) {
    ended.push(`${this.id} ${reason}`);
  });
  jest.spyOn(Session.prototype, 'isEmpty', 'get').mockImplementation(() => empty);
});

afterEach(() => {
  directory.onModuleDestroy();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

function create(resumeGraceMs = 0, shutdownGraceMs = 0): SessionService {
  const config = {
    session: {
      maxSessions: 2,
      maxProcesses: 1,
      maxProcessesInAll: null,
      resumeGraceMs,
      completedTtlMs: 1000,
      scope: 'local',
    },
    process: { cleanupTimeoutMs: CLEANUP_MS, shutdownGraceMs, launcher: 'attached' },
  };
  const launcher = { end: () => Promise.resolve(void ended.push('launcher')) };
  const redis = { isConfigured: false, state: 'unconfigured', onUp: () => () => undefined };
  directory = new SessionDirectory(config as AppConfig);
  return new SessionService(
    config as AppConfig,
    {} as HookedProcesses,
    launcher as unknown as LauncherService,
    new SessionRegistry(config as AppConfig, redis as unknown as RedisService),
    directory,
    { settled: () => Promise.resolve() } as unknown as HookService,
    new SessionKeeper(config as AppConfig),
  );
}

/** A session of a service that asks no other for it. */
function open(service: SessionService, client = ANN): Session {
  const link = { isOpen: true, supersede: () => undefined };
  const session = service.open(client, link) as Session;
  links.set(session, link);
  return session;
}

function leave(service: SessionService, session: Session, vanished: boolean): void {
  service.leave(session, links.get(session)!, vanished);
}

function fault(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    if (error instanceof SessionError) return error.fault;
    throw error;
  }
  return null;
}

async function work(service: SessionService, session: Session): Promise<unknown> {
  try {
    await service.requireOpenForWork(session);
  } catch (error) {
    if (error instanceof SessionError) return error.fault;
    throw error;
  }
  return null;
}

describe('sessions', () => {
  it('are counted', () => {
    const service = create();
    const one = open(service);
    open(service);
    expect(service.active).toBe(2);

    leave(service, one, false);
    expect(service.active).toBe(1);
    expect(ended).toEqual([`${one.id} disconnected`]);
  });

  it('are limited', () => {
    const service = create();
    const one = open(service);
    open(service);
    expect(fault(() => open(service))).toEqual({ kind: 'session-limit', currentSessions: 2, maxSessions: 2 });

    leave(service, one, false);
    expect(fault(() => open(service))).toBeNull();
  });

  it('end at once where the client leaves, or vanishes without a grace period', () => {
    const [kind, hard] = [create(GRACE_MS), create(0)];
    leave(kind, open(kind), false);
    leave(hard, open(hard), true);

    expect(ended).toHaveLength(2);
  });

  it('outlive a client that vanished for the grace period, and can then be told to have expired', () => {
    const service = create(GRACE_MS);
    const session = open(service);
    leave(service, session, true);
    jest.advanceTimersByTime(GRACE_MS - 1);
    expect(ended).toEqual([]);
    expect(service.active).toBe(1);
    expect(directory.session(session.id)).toBe(session);

    jest.advanceTimersByTime(1);
    expect(ended).toEqual([`${session.id} disconnected`]);
    expect(service.active).toBe(0);
    expect(directory.session(session.id)).toBeNull();
    expect(directory.pastSession(session.id)).not.toBeNull();
  });

  it('do not end where the client came back', () => {
    const service = create(GRACE_MS);
    const session = open(service);
    leave(service, session, true);
    service.returned(session);
    jest.advanceTimersByTime(2 * GRACE_MS);

    expect(ended).toEqual([]);
  });

  it('are left by their own connection only', () => {
    const service = create(GRACE_MS);
    const session = open(service);
    service.leave(session, { isOpen: true, supersede: () => undefined }, false);

    expect(ended).toEqual([]);
  });
});

describe('where there is no place left', () => {
  it('one that waits for a client, with nothing to come back for, is given up', () => {
    const service = create(GRACE_MS);
    const one = open(service);
    open(service);
    leave(service, one, true);
    empty = true;
    open(service, BOB);

    expect(ended).toEqual([`${one.id} disconnected`]);
    expect(service.active).toBe(2);
  });

  it('a client whose session waits may come to resume it, and do nothing else', async () => {
    const service = create(GRACE_MS);
    const one = open(service);
    open(service);
    leave(service, one, true);
    expect(fault(() => open(service, BOB))).toMatchObject({ kind: 'session-limit' });
    const extra = open(service);
    expect(service.active).toBe(2);
    expect(await work(service, extra)).toMatchObject({ kind: 'session-limit', currentSessions: 2 });
    expect(fault(() => open(service))).toMatchObject({ kind: 'session-limit' });

    service.end(one);
    expect(await work(service, extra)).toBeNull();
    expect(service.active).toBe(2);
    service.end(extra);
    expect(service.active).toBe(1);
  });

  it('a session that may only resume leaves no trace', () => {
    const service = create(GRACE_MS);
    const one = open(service);
    open(service);
    leave(service, one, true);
    const extra = open(service);
    leave(service, extra, true);

    expect(ended).toEqual([`${extra.id} disconnected`]);
    expect(fault(() => open(service))).toBeNull();
  });
});

describe('a service that shuts down', () => {
  it('begins nothing new', async () => {
    const service = create();
    const session = open(service);
    expect(service.isDraining).toBe(false);
    expect(await work(service, session)).toBeNull();

    service.onModuleDestroy();
    expect(service.isDraining).toBe(true);
    expect(await work(service, session)).toMatchObject({ kind: 'shutting-down' });
  });

  it('ends what runs, tells those who listen, waits for all of it, and then ends the launcher', async () => {
    const service = create();
    const heard = add(open(service).id);
    const detached = add('a session that has ended');
    const done = service.beforeApplicationShutdown();
    await jest.advanceTimersByTimeAsync(0);
    expect(heard.done).toEqual(['terminate shutdown Service is shutting down']);
    expect(detached.done).toEqual(['abandon shutdown']);
    heard.finish();
    await settle();
    expect(ended).toEqual([]);

    detached.finish();
    await done;
    expect(ended).toEqual(['launcher']);
  });

  it('gives what runs its time to end by itself, and no more', async () => {
    const service = create(0, 5000);
    const one = add(open(service).id);
    const done = service.beforeApplicationShutdown();
    await jest.advanceTimersByTimeAsync(4999);
    expect(one.done).toEqual([]);

    await jest.advanceTimersByTimeAsync(1);
    expect(one.done).toEqual(['terminate shutdown Service is shutting down']);
    one.finish();
    await done;
    expect(ended).toEqual(['launcher']);
  });

  it('does not wait where nothing runs', async () => {
    const service = create(0, 5000);
    open(service);
    await service.beforeApplicationShutdown();

    expect(ended).toEqual(['launcher']);
  });

  it('lets clients take the rest of what ended, for a while', async () => {
    const service = create();
    const one = add(open(service).id, new Promise(() => undefined));
    one.finish();
    const done = service.beforeApplicationShutdown();
    await jest.advanceTimersByTimeAsync(1000);
    expect(ended).toEqual([]);

    await jest.advanceTimersByTimeAsync(2000);
    await done;
    expect(ended).toEqual(['launcher']);
  });

  it('does not wait for ever for a client that takes nothing', async () => {
    const service = create();
    const session = open(service);
    const execution = add(session.id);
    void service.beforeApplicationShutdown();
    await jest.advanceTimersByTimeAsync(CLEANUP_MS);
    expect(execution.done).toHaveLength(1);

    await jest.advanceTimersByTimeAsync(5000);
    expect(ended).toEqual([`${session.id} shutdown`]);
    expect(execution.done).toContain('abandon shutdown');
  });
});

interface Running {
  readonly done: string[];
  readonly finish: () => void;
}

/** An execution of a session that runs until the test says so. */
function add(sessionId: string, caughtUp: Promise<void> = Promise.resolve()): Running {
  const done: string[] = [];
  let finish: () => void = () => undefined;
  const over = new Promise<void>((resolve) => (finish = resolve));
  const execution = {
    id: sessionId,
    sessionId,
    over,
    log: { caughtUp: () => caughtUp },
    live: { ended: over, terminate: (reason: string, error: string) => done.push(`terminate ${reason} ${error}`) },
    abandon: (reason: string) => done.push(`abandon ${reason}`),
  };
  directory.addExecution(execution as unknown as KnownExecution);
  return { done, finish };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
