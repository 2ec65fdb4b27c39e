import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AppConfig } from '../../../src/config/app-config.js';
import type { LauncherService } from '../../../src/process/launcher.service.js';
import type { HookService } from '../../../src/hook/hook.service.js';
import type { HookedProcesses } from '../../../src/hook/hooked-processes.js';
import type { RedisService } from '../../../src/redis/redis.service.js';
import { Session } from '../../../src/session/session.js';
import { SessionError } from '../../../src/session/session-error.js';
import { SessionRegistry } from '../../../src/session/session-registry.js';
import { SessionService } from '../../../src/session/session.service.js';

const CLEANUP_MS = 10_000;
const GRACE_MS = 5000;

let ended: string[];

beforeEach(() => {
  jest.useFakeTimers();
  ended = [];
  jest.spyOn(Session.prototype, 'end').mockImplementation(function (this: Session, reason) {
    ended.push(`${this.id} ${reason}`);
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

function create(resumeGraceMs = 0): SessionService {
  const config = {
    session: { maxSessions: 2, maxProcesses: 1, maxProcessesInAll: null, resumeGraceMs, scope: 'local' },
    process: { cleanupTimeoutMs: CLEANUP_MS },
  };
  const launcher = { end: () => Promise.resolve(void ended.push('launcher')) };
  const redis = { isConfigured: false, state: 'unconfigured', onUp: () => () => undefined };
  return new SessionService(
    config as AppConfig,
    {} as HookedProcesses,
    launcher as unknown as LauncherService,
    new SessionRegistry(config as AppConfig, redis as unknown as RedisService),
    { settled: () => Promise.resolve() } as unknown as HookService,
  );
}

/** A session of a service that asks no other for it. */
function open(service: SessionService): Session {
  return service.open() as Session;
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

describe('sessions', () => {
  it('are counted', () => {
    const service = create();
    const one = open(service);
    open(service);
    expect(service.active).toBe(2);

    service.close(one, false);
    expect(service.active).toBe(1);
    expect(ended).toEqual([`${one.id} disconnected`]);
  });

  it('are limited', () => {
    const service = create();
    const one = open(service);
    open(service);
    expect(fault(() => open(service))).toEqual({ kind: 'session-limit', currentSessions: 2, maxSessions: 2 });

    service.close(one, false);
    expect(fault(() => open(service))).toBeNull();
  });

  it('end at once where the client leaves, or vanishes without a grace period', () => {
    create(GRACE_MS).close(open(create()), false);
    create(0).close(open(create()), true);

    expect(ended).toHaveLength(2);
  });

  it('outlive a client that vanished for the grace period', () => {
    const service = create(GRACE_MS);
    const session = open(service);
    service.close(session, true);
    jest.advanceTimersByTime(GRACE_MS - 1);
    expect(ended).toEqual([]);
    expect(service.active).toBe(1);

    jest.advanceTimersByTime(1);
    expect(ended).toEqual([`${session.id} disconnected`]);
    expect(service.active).toBe(0);
  });
});

describe('a service that shuts down', () => {
  it('begins nothing new', () => {
    const service = create();
    expect(service.isDraining).toBe(false);
    expect(
      fault(() => {
        service.requireOpenForWork();
      }),
    ).toBeNull();

    service.onModuleDestroy();
    expect(service.isDraining).toBe(true);
    expect(
      fault(() => {
        service.requireOpenForWork();
      }),
    ).toMatchObject({ kind: 'shutting-down' });
  });

  it('drains every session and then ends the launcher', async () => {
    const service = create();
    const drains: (() => void)[] = [];
    jest.spyOn(Session.prototype, 'drain').mockImplementation(() => new Promise((resolve) => drains.push(resolve)));
    open(service);
    open(service);
    const done = service.beforeApplicationShutdown();
    await Promise.resolve();
    expect(drains).toHaveLength(2);
    expect(ended).toEqual([]);

    for (const drain of drains) drain();
    await done;
    expect(ended).toEqual(['launcher']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not wait for ever for a client that takes nothing', async () => {
    const service = create();
    jest.spyOn(Session.prototype, 'drain').mockImplementation(() => new Promise(() => undefined));
    const session = open(service);
    void service.beforeApplicationShutdown();
    await jest.advanceTimersByTimeAsync(CLEANUP_MS);
    expect(ended).toEqual([]);

    await jest.advanceTimersByTimeAsync(5000);
    expect(ended).toEqual([`${session.id} shutdown`]);
  });
});
