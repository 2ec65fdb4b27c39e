import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { KeepAlive } from '../../../src/rpc/keep-alive.js';
import type { Peer } from '../../../src/rpc/peer.js';

const INTERVAL_MS = 1000;
const TIMEOUT_MS = 3000;

/** What a keep-alive sees of a connection; `answers`: each ping is answered at once. */
class FakePeer {
  bytesReceived = 0;
  bytesTaken = 0;
  isWritable = true;
  pings = 0;
  terminatedAt: number | null = null;
  answers = false;

  ping(): void {
    this.pings++;
    if (this.answers) this.bytesReceived += 6;
  }

  readonly webSocket = {
    terminate: (): void => {
      this.terminatedAt ??= performance.now() - startedAt;
    },
  };
}

let startedAt = 0;
let keepAlive: KeepAlive;
let peer: FakePeer;

beforeEach(() => {
  jest.useFakeTimers();
  startedAt = performance.now();
  keepAlive = new KeepAlive(INTERVAL_MS, TIMEOUT_MS);
  peer = new FakePeer();
  keepAlive.add(peer as unknown as Peer);
});

afterEach(() => {
  keepAlive.stop();
  jest.useRealTimers();
});

describe('keep-alive', () => {
  it('pings each interval', () => {
    peer.answers = true;
    jest.advanceTimersByTime(10 * INTERVAL_MS + 500);

    expect(peer.pings).toBeGreaterThanOrEqual(8);
    expect(peer.pings).toBeLessThanOrEqual(10);
    expect(peer.terminatedAt).toBeNull();
  });

  it('drops a connection that gives no sign of life for the timeout after a ping, and not before', () => {
    jest.advanceTimersByTime(INTERVAL_MS + TIMEOUT_MS - 250);
    expect(peer.terminatedAt).toBeNull();

    jest.advanceTimersByTime(1000);
    expect(peer.terminatedAt).not.toBeNull();
  });

  it('takes any byte for a sign of life', () => {
    for (let time = 0; time < 10 * TIMEOUT_MS; time += TIMEOUT_MS / 2) {
      jest.advanceTimersByTime(TIMEOUT_MS / 2);
      peer.bytesReceived++;
    }

    expect(peer.terminatedAt).toBeNull();
  });

  it('drops a connection that falls silent after it was alive', () => {
    peer.answers = true;
    jest.advanceTimersByTime(5 * INTERVAL_MS);
    peer.answers = false;
    jest.advanceTimersByTime(INTERVAL_MS + TIMEOUT_MS + 1000);

    expect(peer.terminatedAt).toBeGreaterThan(5 * INTERVAL_MS + TIMEOUT_MS - 500);
  });

  it('takes the taking of waiting output for a sign of life, and does not ping behind it', () => {
    peer.isWritable = false;
    for (let second = 0; second < 60; second++) {
      peer.bytesTaken++;
      jest.advanceTimersByTime(Math.min(1000, TIMEOUT_MS / 2));
    }
    expect(peer).toMatchObject({ pings: 0, terminatedAt: null });
  });

  it('drops a connection that takes nothing of waiting output', () => {
    peer.isWritable = false;
    jest.advanceTimersByTime(INTERVAL_MS + TIMEOUT_MS + 5000);

    expect(peer.pings).toBe(0);
    expect(peer.terminatedAt).toBeGreaterThanOrEqual(TIMEOUT_MS);
  });

  it('leaves alone what was removed', () => {
    keepAlive.remove(peer as unknown as Peer);
    jest.advanceTimersByTime(20 * TIMEOUT_MS);

    expect(peer).toMatchObject({ pings: 0, terminatedAt: null });
  });

  it('does nothing after it was stopped', () => {
    keepAlive.stop();

    expect(jest.getTimerCount()).toBe(0);
  });
});
