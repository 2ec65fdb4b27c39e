import { describe, expect, it } from '@jest/globals';
import { ExecutionFeed } from '../../../src/gateway/execution-feed.js';
import type { ExecutionOutcome } from '../../../src/process/execution-outcome.js';
import type { ExecutionEvent } from '../../../src/process/execution-event.js';
import type { FrameBlock } from '../../../src/rpc/frame-block.js';
import type { Peer } from '../../../src/rpc/peer.js';
import type { LogOptions } from '../../../src/stream/log/log-bounds.js';
import { LogBudget } from '../../../src/stream/log/log-budget.js';
import type { LogReader } from '../../../src/stream/log/log-reader.js';
import { EventLog } from '../../../src/stream/event-log.js';
import type { UnnumberedOutput } from '../../../src/stream/output-record.js';
import { webSocketFrames } from '../support/web-socket-frames.js';

/** A connection whose client takes what is sent only when told. */
class RecordingPeer {
  readonly sent: any[] = [];
  blocks = 0;
  isWritable = true;
  isAnswerable = true;
  asked = 0;
  #received: (() => void)[] = [];
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

  whenReceived(_key: object, received: () => void): void {
    this.#received.push(received);
  }

  askReceipt(): void {
    this.asked++;
  }

  /** The client has received all of it, and says so. */
  receive(): void {
    const received = this.#received;
    this.#received = [];
    for (const callback of received) callback();
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

const OUTCOME = {
  status: 'completed',
  stdout: { bytes: 0, sha256: '' },
  stderr: { bytes: 0, sha256: '' },
  evidence: null,
  completion: null,
} as ExecutionOutcome;

function output(text: string, offset = 0): UnnumberedOutput {
  const data = Buffer.from(text);
  const count = text.split('\n').length - 1;
  return { stream: 'stdout', data, perLine: true, count, offset, piece: null, truncated: false };
}

interface Room {
  readonly log: EventLog<ExecutionEvent>;
  readonly source: LogReader<ExecutionEvent>;
  readonly peer: RecordingPeer;
  readonly feed: ExecutionFeed;
  readonly ends: () => number;
  readonly start: () => void;
}

function setUp(
  given: Partial<LogOptions> = {},
  afterSeq = 0,
  before: (log: EventLog<ExecutionEvent>) => void = noop,
): Room {
  const log = new EventLog<ExecutionEvent>({
    keepBytes: 1_048_576,
    onFull: 'block',
    budget: new LogBudget(1e9),
    ...given,
  });
  before(log);
  const peer = new RecordingPeer();
  const source = log.own(afterSeq);
  let ends = 0;
  const execution = { id: 'e', pid: 7, sessionId: 's', encoding: 'utf8' } as const;
  const feed = new ExecutionFeed(execution, source, peer as unknown as Peer, () => ends++);
  return {
    log,
    source,
    peer,
    feed,
    ends: () => ends,
    start: () => {
      feed.start();
    },
  };
}

function noop(): void {
  // nothing is there before
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
    const { log, source, peer, start } = setUp();
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
    expect(source.peek()).toBeNull();
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

describe('what a feed has sent', () => {
  it('counts for the log when the client has received it', () => {
    const { log, peer, start } = setUp();
    start();
    log.appendOutput(output('a\nb\n'));
    expect(log.acknowledgedSeq).toBe(0);

    peer.receive();
    expect(log.acknowledgedSeq).toBe(2);
  });

  it('is asked about where writers are about to wait for that', () => {
    const { log, peer, start } = setUp();
    start();
    for (let index = 0; index < 4; index++) log.appendOutput(output(`${'x'.repeat(130_000)}\n`));
    expect(peer.asked).toBe(0);
    for (let index = 0; index < 4; index++) log.appendOutput(output(`${'x'.repeat(130_000)}\n`));

    expect(peer.asked).toBeGreaterThan(0);
  });

  it('is asked about at the end; then nothing is left to be done', () => {
    const { log, peer, start, ends } = setUp();
    start();
    log.appendEvent({ type: 'completed', outcome: OUTCOME });
    expect(peer.asked).toBe(1);
    expect(ends()).toBe(0);

    peer.receive();
    expect(ends()).toBe(1);
    expect(log.acknowledgedSeq).toBe(1);
  });
});

describe('a feed that begins later', () => {
  const lines = (log: EventLog<ExecutionEvent>): void => {
    log.appendEvent({ type: 'started', at: 0 });
    log.appendOutput(output('a\nb\nc\n'));
    log.appendEvent({ type: 'canceled' });
  };

  it.each([1, 2, 3, 4, 5])('tells what comes after event %d, also in the middle of lines read together', (afterSeq) => {
    const { peer, start } = setUp({}, afterSeq, lines);
    start();

    expect(peer.seqs).toEqual([2, 3, 4, 5].filter((seq) => seq > afterSeq));
  });

  it('tells what is not kept any more, before what is', () => {
    const { peer, start } = setUp({ keepBytes: 524_288, onFull: 'drop_oldest' }, 0, (log) => {
      for (let index = 0; index < 1000; index++) log.appendOutput(output(`${'x'.repeat(1000)}\n`));
    });
    start();
    const [gap, next] = peer.sent;

    expect(gap).toEqual({
      method: 'gap',
      params: { execution_id: 'e', session_id: 's', from: 1, to: next.params.seq - 1 },
    });
  });

  it('tells so also where nothing is kept', () => {
    const { peer, start } = setUp({ keepBytes: 0 }, 0, (log) => {
      log.appendEvent({ type: 'canceled' });
      log.release();
    });
    start();

    expect(peer.sent).toEqual([{ method: 'gap', params: { execution_id: 'e', session_id: 's', from: 1, to: 1 } }]);
  });
});

describe('a feed whose client is slower than its log keeps', () => {
  it('tells what was lost in the middle of lines read together', async () => {
    const { log, peer, start } = setUp({ keepBytes: 524_288, onFull: 'drop_oldest' });
    log.appendOutput(output('line\n'.repeat(5000)));
    start();
    peer.isWritable = false;
    const sent = peer.seqs.length;
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(5000);
    for (let index = 0; index < 1000; index++) log.appendOutput(output(`${'x'.repeat(1000)}\n`));
    peer.drain();
    await settle(peer);

    const gap = peer.sent.find(({ method }) => method === 'gap').params;
    expect(gap.from).toBe(sent + 1);
    const after = peer.sent.slice(peer.sent.findIndex(({ method }) => method === 'gap') + 1);
    expect(after[0].params.seq).toBe(Number(gap.to) + 1);
    expect(after.at(-1).params.seq).toBe(6000);
  });
});

describe('a feed that was stopped', () => {
  it('sends nothing, neither what is there nor what comes', async () => {
    const { log, peer, feed, start } = setUp();
    start();
    peer.isWritable = false;
    log.appendOutput(output('a\n'));
    feed.stop();
    log.appendEvent({ type: 'canceled' });
    peer.drain();
    await settle(peer);

    expect(peer.sent).toEqual([]);
  });

  it('before it began never begins', () => {
    const { log, peer, feed, start } = setUp();
    log.appendEvent({ type: 'canceled' });
    feed.stop();
    start();

    expect(peer.sent).toEqual([]);
  });
});

describe('a connection with too much to answer', () => {
  it('gets no events either until it has read', () => {
    const { log, peer, start } = setUp();
    start();
    peer.isWritable = peer.isAnswerable = false;
    log.appendEvent({ type: 'paused' });
    expect(peer.sent).toEqual([]);

    peer.isAnswerable = true;
    peer.drain();
    expect(peer.seqs).toEqual([1]);
  });
});
