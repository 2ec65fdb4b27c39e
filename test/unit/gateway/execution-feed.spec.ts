import { describe, expect, it } from '@jest/globals';
import { ExecutionFeed } from '../../../src/gateway/execution-feed.js';
import type { Execution } from '../../../src/process/execution.js';
import type { ExecutionEvent } from '../../../src/process/execution-event.js';
import type { FrameBlock } from '../../../src/rpc/frame-block.js';
import type { Peer } from '../../../src/rpc/peer.js';
import { EventLog } from '../../../src/stream/event-log.js';
import type { UnnumberedOutput } from '../../../src/stream/output-record.js';
import { webSocketFrames } from '../support/web-socket-frames.js';

/** A connection whose client takes what is sent only when told. */
class RecordingPeer {
  readonly sent: any[] = [];
  blocks = 0;
  isWritable = true;
  #drained: (() => void)[] = [];

  notify(method: string, params: unknown): void {
    this.sent.push({ method, params });
  }

  sendBlock(block: FrameBlock): void {
    this.blocks++;
    for (const { payload } of webSocketFrames(Buffer.from(block.bytes))) this.sent.push(JSON.parse(payload.toString()));
    block.release();
  }

  whenDrained(callback: () => void): void {
    this.#drained.push(callback);
  }

  drain(): void {
    this.isWritable = true;
    const waiting = this.#drained;
    this.#drained = [];
    for (const callback of waiting) callback();
  }

  get seqs(): number[] {
    return this.sent.map(({ params }) => params.seq as number);
  }
}

function output(text: string, offset = 0): UnnumberedOutput {
  const data = Buffer.from(text);
  const count = text.split('\n').length - 1;
  return { stream: 'stdout', data, perLine: true, count, offset, piece: null, truncated: false };
}

function setUp(): { readonly log: EventLog<ExecutionEvent>; readonly peer: RecordingPeer; readonly start: () => void } {
  const log = new EventLog<ExecutionEvent>();
  const peer = new RecordingPeer();
  const execution = { id: 'e', pid: 7, log, request: { output: { encoding: 'utf8' } } };
  const feed = new ExecutionFeed(execution as unknown as Execution, 's', peer as unknown as Peer);
  return {
    log,
    peer,
    start: () => {
      feed.start();
    },
  };
}

/** Lets the event loop turn until nothing more comes. */
async function settle(peer: RecordingPeer): Promise<void> {
  for (let before = -1; before !== peer.sent.length;) {
    before = peer.sent.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a feed', () => {
  it('begins with what the log already holds, and goes on with what comes', () => {
    const { log, peer, start } = setUp();
    log.appendEvent({ type: 'started', at: 0 });
    log.appendOutput(output('a\nb\n'));
    expect(peer.sent).toEqual([]);

    start();
    log.appendOutput(output('c\n', 4));
    log.appendEvent({ type: 'canceled' });
    expect(peer.sent.map(({ method }) => method as string)).toEqual([
      'process.started',
      'process.output',
      'process.output',
      'process.output',
      'process.canceled',
    ]);
    expect(peer.seqs).toEqual([1, 2, 3, 4, 5]);
    expect(log.peek()).toBeNull();
  });

  it('sends nothing to a client that does not take it, and goes on when it does', async () => {
    const { log, peer, start } = setUp();
    start();
    peer.isWritable = false;
    log.appendOutput(output('a\n'));
    log.appendOutput(output('b\n', 2));
    await settle(peer);
    expect(peer.sent).toEqual([]);

    peer.drain();
    expect(peer.seqs).toEqual([1, 2]);
  });

  it('sends an event to a client that does not take output, but never before the output in front of it', () => {
    const { log, peer, start } = setUp();
    start();
    peer.isWritable = false;
    log.appendEvent({ type: 'paused' });
    expect(peer.seqs).toEqual([1]);

    log.appendOutput(output('a\n'));
    log.appendEvent({ type: 'resumed' });
    expect(peer.seqs).toEqual([1]);
    peer.drain();
    expect(peer.seqs).toEqual([1, 2, 3]);
  });

  it('sends one block a turn of the event loop, in order, to the end', async () => {
    const { log, peer, start } = setUp();
    const lines = (from: number): string => Array.from({ length: 2000 }, (_, index) => `${from + index}\n`).join('');
    for (let from = 0; from < 10_000; from += 2000) log.appendOutput(output(lines(from)));
    log.appendEvent({ type: 'canceled' });
    start();
    expect(peer.blocks).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(peer.blocks).toBe(2);

    await settle(peer);
    expect(peer.seqs).toEqual(Array.from({ length: 10_001 }, (_, index) => index + 1));
    expect(peer.sent.slice(0, 10_000).every(({ params }, index) => params.data === `${index}\n`)).toBe(true);
  });

  it('waits once only, however much comes meanwhile', async () => {
    const { log, peer, start } = setUp();
    start();
    peer.isWritable = false;
    for (let index = 0; index < 50; index++) log.appendOutput(output('x\n'));
    peer.drain();
    await settle(peer);

    expect(peer.seqs).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  it('lets the command go on when the client has taken enough', async () => {
    const { log, peer, start } = setUp();
    let rooms = 0;
    log.onRoom = () => {
      rooms++;
    };
    peer.isWritable = false;
    start();
    while (!log.full) log.appendOutput(output(`${'x'.repeat(9999)}\n`));
    expect(rooms).toBe(0);

    peer.drain();
    await settle(peer);
    expect(rooms).toBe(1);
    expect(log.full).toBe(false);
  });
});
