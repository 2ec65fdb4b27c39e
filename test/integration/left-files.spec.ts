import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkedLine, fromCheckedLine } from '../../src/process/detached/checked-line.js';
import { ExecutionJournal } from '../../src/process/detached/execution-journal.js';
import { type ExecutionRecord, readRecord, writeRecord } from '../../src/process/detached/execution-record.js';
import type { JournalEntry } from '../../src/process/detached/journal-entry.js';

const ID = '0dc51a3c-8a0b-4b5e-9d3e-9a3a0e9fd5d1';
const LAUNCHER = '1ec51a3c-8a0b-4b5e-9d3e-9a3a0e9fd5d2';
const root = mkdtempSync(join(tmpdir(), 'left-'));
const directory = join(root, ID);

beforeEach(() => {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

describe('a checked line', () => {
  it('holds what was written', () => {
    fc.assert(
      fc.property(fc.object(), (value) => {
        const line = checkedLine(value);
        expect(line.endsWith('\n')).toBe(true);
        expect(fromCheckedLine(line.slice(0, -1))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('is nothing once a byte of it is another', () => {
    const line = Buffer.from(checkedLine({ entry: 'pid', pid: 1234 })).subarray(0, -1);
    for (let at = 0; at < line.length; at++) {
      const damaged = Buffer.from(line);
      damaged[at] = (damaged[at] as number) ^ 1;
      expect(fromCheckedLine(damaged.toString('latin1'))).toBeNull();
    }
    for (let length = 0; length < line.length; length++)
      expect(fromCheckedLine(line.toString('latin1', 0, length))).toBeNull();
  });
});

describe('the journal of an execution', () => {
  const first: JournalEntry = { entry: 'pid', pid: 1 };
  const last: JournalEntry = { entry: 'pid', pid: 2 };

  function write(entry: JournalEntry): void {
    const journal = new ExecutionJournal(directory);
    journal.write(entry);
    journal.close();
  }

  it('loses the entry alone that its writer did not finish', () => {
    write(first);
    appendFileSync(join(directory, 'journal'), checkedLine({ entry: 'pid', pid: 9 }).slice(0, -5));
    write(last);

    expect(ExecutionJournal.read(directory)).toEqual([first, last]);
  });

  it('loses no entry but the one that is damaged', () => {
    for (const entry of [first, first, last]) write(entry);
    const text = readFileSync(join(directory, 'journal'), 'utf8');
    writeFileSync(join(directory, 'journal'), text.replace('"pid":1', '"pid":7'));

    expect(ExecutionJournal.read(directory)).toEqual([first, last]);
  });
});

describe('the record of an execution', () => {
  function write(about: Partial<ExecutionRecord> = {}): void {
    const request = { program: { command: 'true' }, stdin: null, environment: { SECRET: 'x' } };
    const record = { id: ID, launcher: LAUNCHER, startedAt: 1, startedMs: 2, request, limits: {}, ...about };
    writeRecord(directory, record as unknown as ExecutionRecord);
  }

  it('is read as it was written, but for its environment', () => {
    write();
    expect(readRecord(directory)).toMatchObject({
      id: ID,
      launcher: LAUNCHER,
      startedAt: 1,
      startedMs: 2,
      request: { program: { command: 'true' }, environment: {} },
    });
  });

  it('is refused where it is damaged', () => {
    write();
    const file = join(directory, 'record');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"startedAt":1', '"startedAt":3'));
    expect(() => readRecord(directory)).toThrow('Its record is damaged');
    writeFileSync(file, '');
    expect(() => readRecord(directory)).toThrow('Its record is damaged');
  });

  it('is refused where it is of another execution, or leads out of the directory', () => {
    write({ id: LAUNCHER });
    expect(() => readRecord(directory)).toThrow('Its record is of another');
    write({ launcher: '../../elsewhere' });
    expect(() => readRecord(directory)).toThrow('Its record is of another');
  });

  it('is refused where it is of another version', () => {
    write();
    const file = join(directory, 'record');
    const record = fromCheckedLine(readFileSync(file, 'utf8').trimEnd()) as ExecutionRecord;
    writeFileSync(`${file}.other`, checkedLine({ ...record, protocol: record.protocol + 1 }));
    renameSync(`${file}.other`, file);
    expect(() => readRecord(directory)).toThrow('It is of another version');
  });
});
