import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { WebSocket } from 'ws';
import { Receipts } from '../../../src/rpc/receipts.js';

/** A WebSocket whose network takes pings, and whose client answers, when the test says so. */
class FakeSocket extends EventEmitter {
  readonly pings: { readonly payload: string; readonly taken: (error?: Error) => void }[] = [];

  ping(payload: string, _mask: boolean, taken: (error?: Error) => void): void {
    this.pings.push({ payload, taken });
  }

  take(index = this.pings.length - 1): void {
    this.pings[index]?.taken();
  }

  pong(payload = this.pings.at(-1)?.payload ?? ''): void {
    this.emit('pong', Buffer.from(payload));
  }
}

let socket: FakeSocket;
let receipts: Receipts;
let told: string[];

beforeEach(() => {
  socket = new FakeSocket();
  receipts = new Receipts(socket as unknown as WebSocket);
  told = [];
});

function expectReceipt(name: string, isStrict = false, key: object = {}): void {
  receipts.expect(key, () => told.push(name), isStrict);
}

describe('what a client that answers pings has received', () => {
  beforeEach(() => {
    receipts.ping();
    socket.take();
    socket.pong();
  });

  it('is known when it answers a ping behind it, and not when the network has taken that', () => {
    expectReceipt('a');
    expect(receipts.isDue).toBe(true);
    receipts.ping();
    expect(receipts.isDue).toBe(false);
    socket.take();
    expect(told).toEqual([]);

    socket.pong();
    expect(told).toEqual(['a']);
    socket.pong();
    expect(told).toEqual(['a']);
  });

  it('is what came before the ping, of all pings up to the one it answers', () => {
    expectReceipt('a');
    receipts.ping();
    expectReceipt('b');
    receipts.ping();
    expectReceipt('c');
    socket.pong(socket.pings[1]?.payload);
    expect(told).toEqual(['a']);

    socket.pong();
    expect(told).toEqual(['a', 'b']);
  });

  it('is asked for once by one who asks again before the ping', () => {
    const key = {};
    expectReceipt('early', false, key);
    expectReceipt('late', false, key);
    receipts.ping();
    socket.pong();

    expect(told).toEqual(['late']);
  });

  it.each(['', '0', '-1', '1e3', '99', 'x', '1 ', '00000000000000001', '9'.repeat(30)])(
    'is not known by a pong of %j',
    (payload) => {
      expectReceipt('a');
      receipts.ping();
      socket.pong(payload);

      expect(told).toEqual([]);
    },
  );

  it('is never told after the end', () => {
    expectReceipt('a');
    receipts.ping();
    expectReceipt('b');
    socket.emit('close');
    socket.pong();

    expect(told).toEqual([]);
    expect(receipts.isDue).toBe(false);
  });
});

describe('what a client that has answered no ping has received', () => {
  it('is what the network has taken, but for what is asked for strictly', () => {
    expectReceipt('a');
    expectReceipt('strict', true);
    receipts.ping();
    expect(told).toEqual([]);
    socket.take();
    expect(told).toEqual(['a']);

    socket.pong();
    expect(told).toEqual(['a', 'strict']);
  });

  it('is nothing where the network did not take it', () => {
    expectReceipt('a');
    receipts.ping();
    socket.pings[0]?.taken(new Error('closed'));

    expect(told).toEqual([]);
  });
});

describe('a client that stops answering', () => {
  it('is asked again and again, and takes bounded memory', () => {
    const key = {};
    receipts.ping();
    socket.pong();
    for (let count = 0; count < 5000; count++) {
      expectReceipt(String(count), false, key);
      receipts.ping();
    }
    socket.pong();
    expect(told.length).toBeGreaterThan(1000);
    expect(told.length).toBeLessThan(1100);

    receipts.ping();
    socket.pong();
    expect(told.at(-1)).toBe('4999');
  });
});
