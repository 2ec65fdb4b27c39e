import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventLog } from '../../../src/stream/event-log.js';
import type { UnnumberedOutput } from '../../../src/stream/output-record.js';

function output(bytes: number, count = 1): UnnumberedOutput {
  const data = Buffer.alloc(bytes, 'x');
  return { stream: 'stdout', data, perLine: count > 1, count, offset: 0, piece: null, truncated: false };
}

/** The numbers of what the log holds, which is taken out. */
function drained(log: EventLog<string>): [number, number][] {
  const numbers: [number, number][] = [];
  for (let record = log.peek(); record !== null; record = log.peek()) {
    numbers.push(record.kind === 'output' ? [record.firstSeq, record.count] : [record.seq, 1]);
    log.take();
  }
  return numbers;
}

describe('an event log', () => {
  it('is empty at first', () => {
    const log = new EventLog<string>();

    expect(log.peek()).toBeNull();
    expect(log.full).toBe(false);
    expect(log.nextSeq).toBe(1);
    expect(() => {
      log.take();
    }).not.toThrow();
    expect(log.peek()).toBeNull();
  });

  it('tells when all there is has been taken, and at once where nothing is', async () => {
    const log = new EventLog<string>();
    await log.emptied();
    log.appendEvent('one');
    log.appendEvent('two');
    const told: string[] = [];
    void log.emptied().then(() => told.push('empty'));
    log.take();
    await Promise.resolve();
    expect(told).toEqual([]);

    log.take();
    await Promise.resolve();
    expect(told).toEqual(['empty']);
  });

  it('numbers events and output together, from 1, and output by what it counts', () => {
    const log = new EventLog<string>();
    expect(log.appendEvent('started')).toBe(1);
    log.appendOutput(output(10, 3));
    expect(log.nextSeq).toBe(5);
    log.appendOutput(output(10));
    expect(log.appendEvent('completed')).toBe(6);

    expect(drained(log)).toEqual([
      [1, 1],
      [2, 3],
      [5, 1],
      [6, 1],
    ]);
  });

  it('gives back what was appended, the oldest first, until it is taken', () => {
    const log = new EventLog<string>();
    const first = output(1);
    log.appendOutput(first);
    log.appendEvent('second');

    expect(log.peek()).toStrictEqual({ kind: 'output', firstSeq: 1, ...first });
    expect(log.peek()).toBe(log.peek());
    log.take();
    expect(log.peek()).toStrictEqual({ kind: 'event', seq: 2, event: 'second' });
    log.take();
    expect(log.peek()).toBeNull();
    log.appendEvent('third');
    expect(log.peek()).toMatchObject({ seq: 3, event: 'third' });
  });

  it('has no gap and no double in its numbers, whatever comes and goes', () => {
    const step = fc.oneof(
      fc.record({ output: fc.integer({ min: 1, max: 50 }) }),
      fc.constant('event' as const),
      fc.constant('take' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const log = new EventLog<string>();
        let next = 1;
        const take = (): void => {
          const record = log.peek();
          if (record === null) return;
          expect(record.kind === 'output' ? record.firstSeq : record.seq).toBe(next);
          next += record.kind === 'output' ? record.count : 1;
          log.take();
        };
        for (const each of steps) {
          if (each === 'take') take();
          else if (each === 'event') log.appendEvent('e');
          else log.appendOutput(output(each.output, each.output));
        }
        while (log.peek() !== null) take();
        expect(next).toBe(log.nextSeq);
      }),
    );
  });

  it('says that it has something new after each append, when it is there', () => {
    const log = new EventLog<string>();
    const seen: unknown[] = [];
    log.onAppend = () => {
      seen.push(log.peek()?.kind);
      log.take();
    };
    log.appendEvent('a');
    log.appendOutput(output(3));

    expect(seen).toEqual(['event', 'output']);
  });

  it('is full beyond 512 KiB and has room again below 256 KiB, and says so once', () => {
    const log = new EventLog<string>();
    let rooms = 0;
    log.onRoom = () => {
      expect(log.full).toBe(false);
      rooms++;
    };
    let appended = 0;
    while (!log.full) {
      log.appendOutput(output(1024));
      appended++;
    }
    expect(appended * 1024).toBeLessThanOrEqual(524_288);
    expect(appended * (1024 + 512)).toBeGreaterThan(524_288);

    let taken = 0;
    for (; rooms === 0; taken++) log.take();
    expect(log.full).toBe(false);
    const left = appended - taken;
    expect(left * 1024).toBeLessThan(262_144);
    expect((left + 2) * (1024 + 256)).toBeGreaterThan(262_144);
    expect(rooms).toBe(1);
    expect(drained(log)).toHaveLength(left);
    expect(rooms).toBe(1);
  });

  it('takes events also when it is full', () => {
    const log = new EventLog<string>();
    log.appendOutput(output(600_000));
    expect(log.full).toBe(true);
    log.appendEvent('paused');

    expect(drained(log)).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(log.full).toBe(false);
  });

  it('is filled by many records without bytes too', () => {
    const log = new EventLog<string>();
    let count = 0;
    while (!log.full && count < 1e6) {
      log.appendOutput(output(1));
      count++;
    }

    expect(count).toBeLessThan(10_000);
  });

  it('can be filled and emptied again and again', () => {
    const log = new EventLog<string>();
    let rooms = 0;
    log.onRoom = () => {
      rooms++;
    };
    for (let turn = 0; turn < 5; turn++) {
      log.appendOutput(output(600_000));
      expect(log.full).toBe(true);
      log.take();
    }

    expect(rooms).toBe(5);
  });
});
