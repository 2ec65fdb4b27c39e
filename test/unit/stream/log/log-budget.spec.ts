import { describe, expect, it } from '@jest/globals';
import { EventLog } from '../../../../src/stream/event-log.js';
import { LogBudget } from '../../../../src/stream/log/log-budget.js';
import type { UnnumberedOutput } from '../../../../src/stream/output-record.js';

const KEPT = 1_048_576;
const RECORD = 65_536;

function create(budget: LogBudget): EventLog<string> {
  return new EventLog({ keepBytes: KEPT, onFull: 'block', budget });
}

function output(): UnnumberedOutput {
  const data = Buffer.alloc(RECORD - 256);
  return { stream: 'stdout', data, perLine: false, count: 1, offset: 0, piece: null, truncated: false };
}

/** Appends as much as the log takes of one writer. */
function fill(log: EventLog<string>): void {
  for (let count = 0; !log.full && count < 1000; count++) log.appendOutput(output());
}

describe('the budget of all logs', () => {
  it('counts what they keep', () => {
    const budget = new LogBudget(10 * KEPT);
    const logs = [create(budget), create(budget)];
    for (const log of logs) log.appendOutput(output());
    expect(budget.usedBytes).toBe(2 * RECORD);

    for (const log of logs) log.retire();
    expect(budget.usedBytes).toBe(0);
  });

  it('bounds all of them: where it is used up each owes its owner little more than 128 KiB', () => {
    const budget = new LogBudget(4 * KEPT);
    const logs = Array.from({ length: 100 }, () => create(budget));
    for (const log of logs) fill(log);

    expect(logs.every(({ full }) => full)).toBe(true);
    expect(budget.usedBytes).toBeLessThanOrEqual(4 * KEPT + 100 * (131_072 + RECORD));
  });

  it('has what owners have got given up first', () => {
    const budget = new LogBudget(4 * KEPT);
    const read = Array.from({ length: 4 }, () => create(budget));
    for (const log of read) {
      const owner = log.own(0);
      for (let seq = 1; seq <= 16; seq++) {
        log.appendOutput(output());
        owner.advance(1);
        owner.acknowledge(seq);
      }
    }
    expect(budget.isUsedUp).toBe(false);
    const other = create(budget);
    fill(other);

    expect(other.nextSeq).toBe(18);
    expect(other.firstSeq).toBe(1);
    expect(budget.isUsedUp).toBe(false);
    expect(read.some(({ firstSeq }) => firstSeq > 1)).toBe(true);
  });

  it('lets writers go on that waited for it, as soon as there is room', () => {
    const budget = new LogBudget(4 * KEPT);
    const hoarders = Array.from({ length: 5 }, () => create(budget));
    hoarders.forEach(fill);
    const log = create(budget);
    let rooms = 0;
    log.onRoom = () => rooms++;
    fill(log);
    expect(log.nextSeq).toBeLessThan(6);

    hoarders[0]?.retire();
    expect(rooms).toBe(1);
    expect(log.full).toBe(false);
    fill(log);
    expect(log.nextSeq).toBeGreaterThan(6);
  });

  it('is not waited for by a log that was forgotten', () => {
    const budget = new LogBudget(KEPT);
    const [one, other] = [create(budget), create(budget)];
    fill(one);
    fill(other);
    let rooms = 0;
    other.retire();
    other.onRoom = () => rooms++;
    one.retire();

    expect(rooms).toBe(0);
  });
});
