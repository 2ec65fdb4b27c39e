import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventLog } from '../../../src/stream/event-log.js';
import { LogBudget } from '../../../src/stream/log/log-budget.js';
import type { LogOptions } from '../../../src/stream/log/log-bounds.js';
import type { LogReader } from '../../../src/stream/log/log-reader.js';
import type { UnnumberedOutput } from '../../../src/stream/output-record.js';

const KEPT = 1_048_576;

function create(given: Partial<LogOptions> = {}): EventLog<string> {
  return new EventLog({ keepBytes: KEPT, onFull: 'block', budget: new LogBudget(1e9), ...given });
}

function output(bytes: number, count = 1): UnnumberedOutput {
  const data = Buffer.alloc(bytes, 'x');
  return { stream: 'stdout', data, perLine: count > 1, count, offset: 0, piece: null, truncated: false };
}

/** The numbers of the records that a reader finds, which is then at the end. */
function numbers(reader: LogReader<string>): number[][] {
  const found: number[][] = [];
  for (let record = reader.peek(); record !== null; record = reader.peek()) {
    const [first, count] = record.kind === 'output' ? [record.firstSeq, record.count] : [record.seq, 1];
    found.push([reader.nextSeq, first + count - 1]);
    reader.advance(first + count - reader.nextSeq);
  }
  return found;
}

function fill(log: EventLog<string>, bytes = 1024): number {
  for (let count = 0; ; count++) {
    if (log.full || count > 1e5) return count;
    log.appendOutput(output(bytes));
  }
}

describe('an event log', () => {
  it('is empty at first', () => {
    const log = create();

    expect(log).toMatchObject({ full: false, firstSeq: 1, nextSeq: 1 });
    expect(log.own(0).peek()).toBeNull();
  });

  it('tells when its owner has read all there is, or is away', async () => {
    const log = create();
    log.appendEvent('nobody is there');
    await log.caughtUp();
    const owner = log.own(0);
    log.appendEvent('two');
    const told: string[] = [];
    void log.caughtUp().then(() => told.push('read'));
    owner.advance(1);
    await Promise.resolve();
    expect(told).toEqual([]);
    owner.advance(1);
    await Promise.resolve();
    expect(told).toEqual(['read']);

    log.appendEvent('three');
    void log.caughtUp().then(() => told.push('away'));
    log.disown();
    await Promise.resolve();
    expect(told).toEqual(['read', 'away']);
  });

  it('numbers events and output together, from 1, and output by what it counts', () => {
    const log = create();
    expect(log.appendEvent('started')).toBe(1);
    log.appendOutput(output(10, 3));
    expect(log.nextSeq).toBe(5);
    log.appendOutput(output(10));
    expect(log.appendEvent('completed')).toBe(6);

    expect(numbers(log.own(0))).toEqual([
      [1, 1],
      [2, 4],
      [5, 5],
      [6, 6],
    ]);
  });

  it('gives back what was appended', () => {
    const log = create();
    const first = output(1);
    log.appendOutput(first);
    log.appendEvent('second');
    const reader = log.own(0);

    expect(reader.peek()).toStrictEqual({ kind: 'output', firstSeq: 1, ...first });
    expect(reader.peek()).toBe(reader.peek());
    reader.advance(1);
    expect(reader.peek()).toStrictEqual({ kind: 'event', seq: 2, event: 'second' });
    reader.advance(1);
    expect(reader.peek()).toBeNull();
    log.appendEvent('third');
    expect(reader.peek()).toMatchObject({ seq: 3, event: 'third' });
  });

  it.each([
    [0, [1, 3]],
    [1, [2, 3]],
    [2, [3, 3]],
    [3, [4, 4]],
    [4, undefined],
  ])('is read behind any event, %d, also in the middle of a record', (afterSeq, first) => {
    const log = create();
    log.appendOutput(output(9, 3));
    log.appendEvent('last');
    const reader = log.read(afterSeq);

    expect(reader.nextSeq).toBe(afterSeq + 1);
    expect(numbers(reader)[0]).toEqual(first);
  });

  it('can be left in the middle of a record and read on from there', () => {
    const log = create();
    log.appendOutput(output(9, 3));
    const reader = log.own(0);
    reader.advance(2);

    expect(reader.nextSeq).toBe(3);
    expect(reader.peek()).toMatchObject({ firstSeq: 1, count: 3 });
    reader.advance(1);
    expect(reader.peek()).toBeNull();
  });

  it('says that it has something new after each append, when it is there, to every reader', () => {
    const log = create();
    const seen: unknown[] = [];
    for (const reader of [log.own(0), log.read(0)]) {
      reader.onAppend = () => {
        seen.push(reader.peek()?.kind);
        reader.advance(1);
      };
    }
    log.appendEvent('a');
    log.appendOutput(output(3));

    expect(seen).toEqual(['event', 'event', 'output', 'output']);
  });

  it('says nothing to a reader that was closed', () => {
    const log = create();
    const reader = log.read(0);
    reader.onAppend = () => {
      throw new Error('told');
    };
    reader.close();
    log.appendEvent('a');

    expect(reader.peek()).toBeNull();
  });
});

describe('an owner who is there', () => {
  it('makes writers wait beyond 512 KiB that he has not read, until it is less than 256 KiB, said once', () => {
    const log = create();
    const owner = log.own(0);
    let rooms = 0;
    log.onRoom = () => {
      expect(log.full).toBe(false);
      rooms++;
    };
    const appended = fill(log);
    expect(appended * 1024).toBeLessThanOrEqual(524_288);
    expect(appended * (1024 + 512)).toBeGreaterThan(524_288);

    let taken = 0;
    for (; rooms === 0; taken++) owner.advance(1);
    const left = appended - taken;
    expect(left * 1024).toBeLessThan(262_144);
    expect((left + 2) * (1024 + 256)).toBeGreaterThan(262_144);
    expect(numbers(owner)).toHaveLength(left);
    expect(rooms).toBe(1);
  });

  it('gets events also when it is full', () => {
    const log = create();
    const owner = log.own(0);
    log.appendOutput(output(600_000));
    expect(log.full).toBe(true);
    log.appendEvent('paused');

    expect(numbers(owner)).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(log.full).toBe(false);
  });

  it('makes writers of many records without bytes wait too', () => {
    const log = create();
    log.own(0);

    expect(fill(log, 1)).toBeLessThan(10_000);
  });

  it('keeps what he has read and not acknowledged, and makes writers wait when that is all that may be kept', () => {
    const log = create();
    const owner = log.own(0);
    owner.onAppend = () => {
      owner.advance(1);
    };
    const appended = fill(log);
    expect(appended * 1280).toBeGreaterThan(KEPT);
    expect(log.firstSeq).toBe(1);
    expect(owner.isPressed).toBe(true);

    let rooms = 0;
    log.onRoom = () => rooms++;
    owner.acknowledge(appended - 100);
    expect(rooms).toBe(1);
    expect(owner.isPressed).toBe(false);
    expect(log.acknowledgedSeq).toBe(appended - 100);
  });

  it('has what he acknowledged kept as long as there is room', () => {
    const log = create();
    const owner = log.own(0);
    for (let seq = 1; seq <= 3000; seq++) {
      log.appendOutput(output(1024));
      owner.advance(1);
      owner.acknowledge(seq);
    }
    expect(log.firstSeq).toBeGreaterThan(2000);
    expect((3001 - log.firstSeq) * 1280).toBeLessThanOrEqual(KEPT);
    expect((3002 - log.firstSeq) * 1280).toBeGreaterThan(KEPT);
  });

  it('can acknowledge no more than there is', () => {
    const log = create();
    log.appendEvent('a');
    log.own(0).acknowledge(99);

    expect(log.acknowledgedSeq).toBe(1);
  });
});

describe('an owner who is away', () => {
  it('has all that he has not acknowledged kept, up to the bound; then writers wait', () => {
    const log = create();
    log.own(0).close();
    const appended = fill(log);
    expect(appended * 1280).toBeGreaterThan(KEPT);
    expect((appended - 1) * 1280).toBeLessThanOrEqual(KEPT);

    expect(numbers(log.own(0))).toHaveLength(appended);
  });

  it('lets writers go on that waited for him to read', () => {
    const log = create();
    const owner = log.own(0);
    fill(log);
    let rooms = 0;
    log.onRoom = () => rooms++;
    owner.close();

    expect(rooms).toBe(1);
    expect(log.full).toBe(false);
  });

  it('comes back to what he says he has not, also where he had acknowledged it', () => {
    const log = create();
    const owner = log.own(0);
    for (const name of 'abcde') log.appendEvent(name);
    numbers(owner);
    owner.acknowledge(4);
    const back = log.own(2);
    expect(log.acknowledgedSeq).toBe(2);
    owner.acknowledge(5);
    expect(log.acknowledgedSeq).toBe(2);

    expect(numbers(back)).toEqual([
      [3, 3],
      [4, 4],
      [5, 5],
    ]);
  });

  it('who will not come back leaves it to others: what the farthest of them has goes', () => {
    const log = create();
    log.own(0);
    log.orphan();
    const appended = fill(log);
    const [observer, heir, farthest] = [log.read(0), log.read(0, true), log.read(0, true)];
    for (const reader of [observer, heir, farthest]) numbers(reader);
    observer.acknowledge(appended);
    heir.acknowledge(1);
    expect(log.full).toBe(true);
    expect(log.acknowledgedSeq).toBe(1);
    farthest.acknowledge(appended);

    expect(log.full).toBe(false);
    expect(log.acknowledgedSeq).toBe(appended);
  });

  it('and never comes makes nobody wait', () => {
    const log = create();
    log.own(0);
    fill(log);
    let rooms = 0;
    log.onRoom = () => rooms++;
    log.release();
    expect(rooms).toBe(1);
    for (let count = 0; count < 5000; count++) log.appendOutput(output(1024));

    expect(log.full).toBe(false);
    expect((log.nextSeq - log.firstSeq) * 1280).toBeLessThanOrEqual(KEPT);
  });
});

describe('a watcher', () => {
  it('that does not read is told what it missed, and goes on from the oldest that is kept', () => {
    const log = create();
    const owner = log.own(0);
    const watcher = log.read(0);
    for (let seq = 1; seq <= 2000; seq++) {
      log.appendOutput(output(1024));
      owner.advance(1);
      owner.acknowledge(seq);
    }

    expect(watcher.gap).toEqual({ from: 1, to: log.firstSeq - 1 });
    expect(watcher.takeGap()).toEqual({ from: 1, to: log.firstSeq - 1 });
    expect(watcher.gap).toBeNull();
    expect(numbers(watcher)[0]).toEqual([log.firstSeq, log.firstSeq]);
  });

  it('holds up nobody and frees nothing', () => {
    const log = create();
    const owner = log.own(0);
    const watcher = log.read(0);
    owner.onAppend = () => {
      owner.advance(1);
    };
    fill(log);
    numbers(watcher);
    watcher.acknowledge(log.nextSeq - 1);

    expect(log.full).toBe(true);
    expect(log.acknowledgedSeq).toBe(0);
    expect(watcher.isPressed).toBe(false);
  });

  it('that comes late begins with a gap', () => {
    const log = create({ onFull: 'drop_oldest' });
    for (let count = 0; count < 5000; count++) log.appendOutput(output(1024));
    const watcher = log.read(7);

    expect(watcher.gap).toEqual({ from: 8, to: log.firstSeq - 1 });
  });
});

describe('a log that drops the oldest', () => {
  it('makes nobody wait, and says what its owner has lost', () => {
    const log = create({ onFull: 'drop_oldest' });
    const owner = log.own(0);
    for (let count = 0; count < 5000; count++) log.appendOutput(output(1024));

    expect(log.full).toBe(false);
    expect((log.nextSeq - log.firstSeq) * 1280).toBeLessThanOrEqual(KEPT);
    expect(owner.takeGap()).toEqual({ from: 1, to: log.firstSeq - 1 });
    expect(numbers(owner)).toHaveLength(log.nextSeq - log.firstSeq);
  });

  it('asks for a proof of what its owner has read like any other, also after it has dropped some', () => {
    const log = create({ onFull: 'drop_oldest' });
    const owner = log.own(0);
    for (let count = 0; count < 5000; count++) log.appendOutput(output(1024));
    numbers(owner);

    expect(owner.isPressed).toBe(true);
  });

  it('drops also what its owner is about to take', () => {
    const log = create({ onFull: 'drop_oldest' });
    const owner = log.own(0);
    log.appendEvent('first');
    expect(owner.peek()).not.toBeNull();
    for (let count = 0; count < 5000; count++) log.appendOutput(output(1024));
    owner.advance(1);

    expect(owner.takeGap()).toEqual({ from: 2, to: log.firstSeq - 1 });
    expect(numbers(owner)).toHaveLength(log.nextSeq - log.firstSeq);
  });

  it('drops also what its owner is in the middle of', () => {
    const log = create({ onFull: 'drop_oldest' });
    const owner = log.own(0);
    log.appendOutput(output(30, 3));
    owner.advance(1);
    for (let count = 0; count < 5000; count++) log.appendOutput(output(1024));

    expect(owner.takeGap()).toMatchObject({ from: 2 });
  });
});

describe('a log that keeps nothing', () => {
  it('is empty when its owner has read it', () => {
    const log = create({ keepBytes: 0 });
    const [owner, watcher] = [log.own(0), log.read(0)];
    const seen: number[] = [];
    for (const reader of [owner, watcher]) {
      reader.onAppend = () => {
        seen.push(...numbers(reader).flat());
      };
    }
    log.appendOutput(output(10, 2));

    expect(seen).toEqual([1, 2, 1, 2]);
    expect(log.head).toBeNull();
    expect(log.firstSeq).toBe(3);
  });

  it('makes writers wait for an owner who does not read, or is away, like any other', () => {
    const log = create({ keepBytes: 0 });
    const owner = log.own(0);
    expect(fill(log)).toBeGreaterThan(400);
    owner.close();
    fill(log);

    expect(log.full).toBe(true);
    expect(log.firstSeq).toBe(1);
  });
});

describe('a log that is retired', () => {
  it('keeps what it has until the last reader has left', () => {
    const budget = new LogBudget(1e9);
    const log = create({ budget });
    const reader = log.read(0);
    log.appendOutput(output(1000));
    log.retire();
    expect(reader.peek()).not.toBeNull();
    reader.close();

    expect(budget.usedBytes).toBe(0);
    expect(log.firstSeq).toBe(2);
  });
});

describe('whatever happens to a log', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ append: fc.nat(300_000), count: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 1, arbitrary: fc.constant('event' as const) },
    { weight: 3, arbitrary: fc.record({ read: fc.nat(3), events: fc.integer({ min: 1, max: 60 }) }) },
    { weight: 2, arbitrary: fc.record({ acknowledge: fc.nat(100) }) },
    { weight: 1, arbitrary: fc.record({ own: fc.nat(100) }) },
    { weight: 1, arbitrary: fc.record({ watch: fc.nat(100) }) },
    { weight: 1, arbitrary: fc.constant('leave' as const) },
  );

  it.each(['block', 'drop_oldest'] as const)(
    'every reader gets each event once, in order, or is told that it is gone (%s)',
    (onFull) => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 120 }), fc.constantFrom(0, KEPT), (steps, keepBytes) => {
          const log = create({ onFull, keepBytes });
          const readers: { reader: LogReader<string>; next: number }[] = [];
          let owner: { reader: LogReader<string>; next: number } | null = null;
          // What the owner has acknowledged: the model.
          let acknowledged = 0;
          const open = (reader: LogReader<string>, after: number): { reader: LogReader<string>; next: number } => {
            const opened = { reader, next: after + 1 };
            readers.push(opened);
            return opened;
          };
          const read = (one: { reader: LogReader<string>; next: number }, events: number): void => {
            for (let left = events; left > 0;) {
              const record = one.reader.peek();
              const gap = one.reader.takeGap();
              if (gap !== null) {
                expect(gap.from).toBe(one.next);
                expect(gap.to).toBeGreaterThanOrEqual(gap.from);
                one.next = gap.to + 1;
              }
              expect(one.reader.nextSeq).toBe(one.next);
              if (record === null) return;
              const last = record.kind === 'output' ? record.firstSeq + record.count - 1 : record.seq;
              expect(record.kind === 'output' ? record.firstSeq : record.seq).toBeLessThanOrEqual(one.next);
              expect(last).toBeGreaterThanOrEqual(one.next);
              const taken = Math.min(left, last - one.next + 1);
              one.reader.advance(taken);
              one.next += taken;
              left -= taken;
            }
          };
          for (const each of steps) {
            if (each === 'event') log.appendEvent('e');
            else if (each === 'leave') {
              owner?.reader.close();
              if (owner !== null) readers.splice(readers.indexOf(owner), 1);
              owner = null;
            } else if ('append' in each) {
              // Writers heed what the log says.
              if (!log.full) log.appendOutput(output(each.append, each.count));
            } else if ('read' in each) {
              const one = readers[each.read % Math.max(1, readers.length)];
              if (one !== undefined) read(one, each.events);
            } else if ('acknowledge' in each && owner !== null) {
              const seq = Math.floor(((owner.next - 1) * each.acknowledge) / 100);
              owner.reader.acknowledge(seq);
              acknowledged = Math.max(acknowledged, seq);
            } else if ('own' in each) {
              if (owner !== null) readers.splice(readers.indexOf(owner), 1);
              const after = Math.floor(((log.nextSeq - 1) * each.own) / 100);
              acknowledged = Math.max(after, log.firstSeq - 1);
              owner = open(log.own(after), after);
            } else if ('watch' in each) {
              const after = Math.floor(((log.nextSeq - 1) * each.watch) / 100);
              open(log.read(after), after);
            }
            if (onFull === 'drop_oldest') expect(log.full).toBe(false);
            else if (keepBytes > 0) {
              // Nothing that the owner may still ask for is gone, but for what was gone when he asked.
              expect(log.firstSeq).toBeLessThanOrEqual(acknowledged + 1);
              expect(log.acknowledgedSeq).toBe(acknowledged);
            }
          }
          for (const one of readers) {
            read(one, Infinity);
            expect(one.next).toBe(log.nextSeq);
          }
        }),
        { numRuns: 150 },
      );
    },
  );

  it('what is kept is bounded, whoever reads what', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const budget = new LogBudget(1e9);
        const log = create({ budget });
        let owner: LogReader<string> | null = null;
        for (const each of steps) {
          if (typeof each === 'object' && 'append' in each && !log.full)
            log.appendOutput(output(each.append, each.count));
          else if (typeof each === 'object' && 'own' in each) owner = log.own(log.firstSeq - 1);
          else if (typeof each === 'object' && 'read' in each && owner !== null) numbers(owner);
          else if (each === 'leave') owner?.close();
          else if (typeof each === 'object' && 'acknowledge' in each) owner?.acknowledge(owner.nextSeq - 1);

          expect(budget.usedBytes).toBeLessThanOrEqual(KEPT + 300_000 + 256);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('the bytes of output', () => {
  it('are the log’s own, whatever becomes of the buffer they came in and of those that went', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(90_000), { minLength: 1, maxLength: 60 }), (lengths) => {
        const logs = [create({ onFull: 'drop_oldest' }), create({ onFull: 'drop_oldest' })];
        const buffer = Buffer.alloc(90_000);
        for (const [index, length] of lengths.entries()) {
          buffer.fill(index + 1);
          logs[index % 2]?.appendOutput({ ...output(0), data: buffer.subarray(0, length) });
        }
        buffer.fill(0);
        for (const [which, log] of logs.entries()) {
          const reader = log.read(log.firstSeq - 1);
          for (let record = reader.peek(); record !== null; record = reader.peek()) {
            if (record.kind !== 'output') throw new Error('No event was appended');
            const index = (record.firstSeq - 1) * 2 + which;
            expect(record.data).toHaveLength(lengths[index] ?? -1);
            expect(record.data.every((byte) => byte === index + 1)).toBe(true);
            reader.advance(1);
          }
          log.retire();
        }
      }),
      { numRuns: 50 },
    );
  });
});
