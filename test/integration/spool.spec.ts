import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import type { AppConfig } from '../../src/config/app-config.js';
import type { Checkpoint, JournalEntry } from '../../src/process/detached/journal-entry.js';
import { SpooledPipes } from '../../src/process/detached/spooled-pipes.js';
import type { ExecutionEvent } from '../../src/process/execution-event.js';
import type { SpoolFrame } from '../../src/process/launcher/spool/spool-frame.js';
import { SpoolWriter } from '../../src/process/launcher/spool/spool-writer.js';
import type { EventLog } from '../../src/stream/event-log.js';
import type { OutputOptions } from '../../src/stream/output-options.js';
import { StreamService } from '../../src/stream/stream.service.js';

const KEPT_BYTES = 1_048_576;
const stream = { replayBufferBytes: KEPT_BYTES, replayTotalBytes: 1e9, maxLineBufferBytes: 100_000 };
const streams = new StreamService({ stream } as AppConfig);

/** One service's reading of a spool. */
class Reading {
  /** What the launcher was told. */
  readonly orders: unknown[] = [];
  readonly log: EventLog<ExecutionEvent>;
  readonly pipes: SpooledPipes;

  constructor(directory: string, options: OutputOptions, journal: JournalEntry[], from: Checkpoint | null = null) {
    const log = streams.openLog<ExecutionEvent>('block', from?.seq);
    const means = {
      id: 'x',
      directory,
      order: (order: unknown) => void this.orders.push(order),
      journal: (entry: JournalEntry) => void journal.push(entry),
    };
    const pipes: SpooledPipes = new SpooledPipes(
      means,
      log,
      (name, state) =>
        streams.split(
          name,
          options,
          (output) => {
            pipes.catchUp();
            log.appendOutput(output);
          },
          state,
        ),
      false,
      from,
    );
    this.log = log;
    this.pipes = pipes;
  }

  /** From here on it is this one that goes on. */
  start(journal: JournalEntry[]): void {
    this.log.onEvent = (seq, event) => void journal.push({ entry: 'event', seq, atMs: 0, event });
    this.pipes.start({ onOutput: () => undefined, onBlocked: () => undefined, onExceeded: () => undefined });
  }

  async upTo(bytes: number): Promise<void> {
    this.pipes.spooled(bytes);
    for (let turns = 0; turns < 3; turns++) await turn();
  }

  /** Everything that is kept, in order. */
  get records(): unknown[] {
    const reader = this.log.read(this.log.firstSeq - 1);
    const records = [];
    for (let record = reader.peek(); record !== null; record = reader.peek()) {
      if (record.kind === 'event') records.push([record.seq, record.event.type]);
      else {
        const { firstSeq, count, data, piece, offset, truncated } = record;
        records.push([firstSeq, count, record.stream, data.toString('latin1'), piece, offset, truncated]);
      }
      reader.advance(record.kind === 'event' ? 1 : record.count);
    }
    reader.close();
    return records;
  }
}

async function within(act: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'spool-'));
  try {
    await act(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('a spool that one service after the other reads', () => {
  it('gives each the same events with the same numbers, wherever the one before was killed', async () => {
    const chunk = fc
      .array(fc.oneof(fc.constant(10), fc.constant(0xc3), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
        maxLength: 60,
      })
      .map((bytes) => Buffer.from(bytes));
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('stdout', 'stderr'), data: chunk }) },
      { weight: 2, arbitrary: fc.constantFrom<'paused' | 'resumed'>('paused', 'resumed') },
      { weight: 1, arbitrary: fc.constant('killed' as const) },
    );
    const options = fc.record({
      mode: fc.constantFrom('line', 'lines', 'chunk'),
      encoding: fc.constantFrom('utf8', 'base64'),
      maxLineBytes: fc.option(fc.integer({ min: 1, max: 20 })),
    });
    await fc.assert(
      fc.asyncProperty(options, fc.array(step, { maxLength: 25 }), async (given, steps) => {
        await within(async (directory) => {
          const output = given as OutputOptions;
          const writer = new SpoolWriter(directory);
          const journal: JournalEntry[] = [];
          let reading = new Reading(directory, output, journal);
          reading.start(journal);
          reading.log.appendEvent({ type: 'started', at: 0 });
          for (const each of steps) {
            if (each === 'killed') {
              const before = reading.records;
              reading.pipes.close();
              reading = new Reading(directory, output, journal);
              reading.pipes.replay(journal, writer.bytes);
              expect(reading.records).toEqual(before);
              reading.start(journal);
            } else if (typeof each === 'string') reading.log.appendEvent({ type: each });
            else {
              expect(writer.append(each as SpoolFrame)).toBe(true);
              await reading.upTo(writer.bytes);
            }
          }
          reading.pipes.close();
          writer.close();
        });
      }),
      { numRuns: 60 },
    );
  });

  it('keeps no more of a long one than is kept for readers, and goes on from there', async () => {
    await within(async (directory) => {
      const output: OutputOptions = { mode: 'line', encoding: 'utf8', maxLineBytes: null };
      const writer = new SpoolWriter(directory);
      const journal: JournalEntry[] = [];
      const reading = new Reading(directory, output, journal);
      reading.start(journal);
      const owner = reading.log.own(0);
      const line = Buffer.from(`${'x'.repeat(60_000)}\n${'y'.repeat(5000)}`);
      for (let count = 0; count < 400; count++) {
        writer.append({ kind: 'stdout', data: line });
        await reading.upTo(writer.bytes);
        for (let record = owner.peek(); record !== null; record = owner.peek())
          owner.advance(record.kind === 'event' ? 1 : record.count);
        owner.acknowledge(reading.log.nextSeq - 1);
      }
      const segments = readdirSync(directory);
      const from = journal.flatMap((entry) => (entry.entry === 'checkpoint' ? entry.checkpoint : []));
      const oldest = from.find(({ segment }) => segments.includes(`output.${segment}`)) ?? null;
      const next = new Reading(directory, output, journal, oldest);
      next.pipes.replay(journal, writer.bytes);
      writer.close();

      expect(segments.length).toBeLessThan(4);
      expect(oldest?.segment).toBeGreaterThan(2);
      expect(next.log.nextSeq).toBe(reading.log.nextSeq);
      expect(next.records.slice(-10)).toEqual(reading.records.slice(-10));
      expect(next.pipes.bytes('stdout')).toBe(400 * line.length);
      for (const { pipes } of [reading, next]) pipes.close();
    });
  });

  it('that is damaged is read as far as it goes: the command goes on, and nobody waits for its output', async () => {
    const told = jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const output: OutputOptions = { mode: 'line', encoding: 'utf8', maxLineBytes: null };
    const whole = '{"bytes":6,"sha256":null}';
    const faults: ((bytes: Buffer) => void)[] = [
      (bytes) => bytes.writeUInt8(9, 11),
      (bytes) => bytes.writeUInt32BE(0x7fffffff, 12),
      (bytes) => bytes.write('7', bytes.indexOf(whole) - 1),
      (bytes) => bytes.write('{"bytes":-1', bytes.indexOf(whole)),
      (bytes) => bytes.write('{"bytes"?', bytes.indexOf(whole)),
      (bytes) => bytes.write('[', bytes.indexOf(whole)),
    ];
    for (const harm of faults)
      for (const isTakenOver of [false, true])
        await within(async (directory) => {
          const writer = new SpoolWriter(directory);
          writer.append({ kind: 'stdout', data: Buffer.from('first\n') });
          writer.append({ kind: 'stdout-end', data: Buffer.from(whole) });
          writer.append({ kind: 'stderr-end', data: Buffer.from(whole) });
          const file = join(directory, 'output.0');
          const bytes = readFileSync(file);
          harm(bytes);
          writeFileSync(file, bytes);
          const reading = new Reading(directory, output, []);
          if (isTakenOver) reading.pipes.replay([], writer.bytes);
          reading.start([]);
          await reading.upTo(writer.bytes);
          await reading.pipes.ended;

          expect(reading.records).toEqual([[1, 1, 'stdout', 'first\n', null, 0, false]]);
          expect(reading.orders).toContainEqual({ order: 'output', id: 'x', act: 'discard' });
          expect(told).toHaveBeenLastCalledWith(expect.stringContaining('The output of x cannot be read'));
          told.mockClear();
          reading.pipes.close();
          writer.close();
        });
    told.mockRestore();
  });
});
