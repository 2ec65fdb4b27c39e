import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AppConfig } from '../../../src/config/app-config.js';
import type { Feeds } from '../../../src/gateway/feeds.js';
import { SessionClock } from '../../../src/gateway/session-clock.js';
import type { Peer } from '../../../src/rpc/peer.js';
import type { Session } from '../../../src/session/session.js';

const HEARTBEAT_MS = 2000;
const IDLE_MS = 30_000;

class FakePeer {
  readonly notified: [string, unknown][] = [];
  readonly closed: [number, string][] = [];
  isWritable = true;
  heardAt = performance.now();

  notify(method: string, params: unknown): void {
    this.notified.push([method, params]);
  }

  close(code: number, reason: string): void {
    this.closed.push([code, reason]);
  }
}

let clock: SessionClock;
let peer: FakePeer;
let idleSince: number | null;
let isFed: boolean;

beforeEach(() => {
  jest.useFakeTimers();
  const config = {
    server: { heartbeatIntervalMs: HEARTBEAT_MS },
    session: { idleTimeoutMs: IDLE_MS },
    process: { shutdownGraceMs: 2500 },
  };
  isFed = false;
  clock = new SessionClock(config as AppConfig, { isFed: () => isFed } as unknown as Feeds);
  peer = new FakePeer();
  idleSince = performance.now();
  const session = { id: 's', idleMs: (now: number) => (idleSince === null ? 0 : now - idleSince) };
  clock.add(peer as unknown as Peer, session as unknown as Session);
});

afterEach(() => {
  clock.onApplicationShutdown();
  jest.useRealTimers();
});

describe('the session clock', () => {
  it('sends a heartbeat each interval, with the time', () => {
    jest.advanceTimersByTime(10 * HEARTBEAT_MS + 500);

    expect(peer.notified.length).toBeGreaterThanOrEqual(8);
    expect(peer.notified.length).toBeLessThanOrEqual(10);
    expect(
      peer.notified.every(
        ([method, params]) => method === 'ping' && typeof (params as { timestamp: unknown }).timestamp === 'number',
      ),
    ).toBe(true);
  });

  it('tells the time in seconds since the epoch', () => {
    jest.setSystemTime(1_700_000_000_000);
    jest.advanceTimersByTime(HEARTBEAT_MS + 500);

    const { timestamp } = peer.notified[0]![1] as { timestamp: number };
    expect(Math.abs(timestamp - 1_700_000_000)).toBeLessThan(5);
  });

  it('sends no heartbeat to a client that takes nothing', () => {
    peer.isWritable = false;
    jest.advanceTimersByTime(10 * HEARTBEAT_MS);
    expect(peer.notified).toEqual([]);

    peer.isWritable = true;
    jest.advanceTimersByTime(HEARTBEAT_MS + 500);
    expect(peer.notified).toHaveLength(1);
  });

  it('closes a session that is idle for too long with 1000, and not before', () => {
    jest.advanceTimersByTime(IDLE_MS - 500);
    expect(peer.closed).toEqual([]);

    jest.advanceTimersByTime(1000);
    expect(peer.closed[0]).toEqual([1000, 'Session timed out']);
  });

  it('counts from the client’s last message', () => {
    jest.advanceTimersByTime(IDLE_MS - 1000);
    peer.heardAt = performance.now();
    jest.advanceTimersByTime(IDLE_MS - 500);
    expect(peer.closed).toEqual([]);

    jest.advanceTimersByTime(1000);
    expect(peer.closed).not.toEqual([]);
  });

  it('never closes a session in which something runs', () => {
    idleSince = null;
    jest.advanceTimersByTime(20 * IDLE_MS);

    expect(peer.closed).toEqual([]);
  });

  it('never closes a connection that watches something', () => {
    isFed = true;
    jest.advanceTimersByTime(10 * IDLE_MS);

    expect(peer.closed).toEqual([]);
  });

  it('leaves alone what was removed', () => {
    clock.remove(peer as unknown as Peer);
    jest.advanceTimersByTime(2 * IDLE_MS);

    expect(peer).toMatchObject({ notified: [], closed: [] });
  });

  it('tells every client that the service shuts down, and how long its executions have to end', () => {
    clock.onModuleDestroy();

    expect(peer.notified).toEqual([['server.shutdown', { grace: 2.5, session_id: 's' }]]);
  });

  it('sends heartbeats to the end', () => {
    clock.onModuleDestroy();
    jest.advanceTimersByTime(HEARTBEAT_MS + 500);
    expect(peer.notified.map(([method]) => method)).toEqual(['server.shutdown', 'ping']);

    clock.onApplicationShutdown();
    expect(jest.getTimerCount()).toBe(0);
  });
});
