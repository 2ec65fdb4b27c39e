import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Ledger } from './support/nemesis/ledger.js';
import { type Verdict, trial } from './support/nemesis/trial.js';
import { Service } from './support/service.js';

/** More of them, and others, are asked for by `npm run bench:nemesis`. */
const RUNS = Number(process.env.NEMESIS_RUNS ?? 12);
const FIRST_SEED = Number(process.env.NEMESIS_SEED ?? 1);
const AT_ONCE = 4;

jest.setTimeout(60_000 + RUNS * 5000);

let service: Service;

beforeAll(async () => {
  service = await Service.start({ MAX_SESSIONS: '1000', WEBSOCKET_HEARTBEAT_INTERVAL: '1', RESUME_GRACE: '60' });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

describe('a client whose connections are reset, frozen, delayed, cut and swallowed at random points', () => {
  it('sees each event once and in order, every byte, and the exit as it was', async () => {
    const verdicts = await trials(Array.from({ length: RUNS }, (_, index) => FIRST_SEED + index));

    report(verdicts);
    expect(verdicts.filter(({ faults }) => faults.length > 0)).toEqual([]);
    expect(verdicts.reduce((sum, { deeds }) => sum + deeds.length, 0)).toBeGreaterThan(RUNS / 2);
  });
});

describe('the ledger', () => {
  it.each([
    ['all in order', [1, 2, 3], { doubles: 0, silentGaps: 0, announced: 0 }],
    ['one twice', [1, 2, 2, 3], { doubles: 1, silentGaps: 0, announced: 0 }],
    ['an old one', [1, 2, 3, 1], { doubles: 1, silentGaps: 0, announced: 0 }],
    ['two missing', [1, 4], { doubles: 0, silentGaps: 2, announced: 0 }],
    ['two announced as gone', [1, [2, 3], 4], { doubles: 0, silentGaps: 0, announced: 2 }],
    ['one announced as gone, two missing', [1, [3, 3], 5], { doubles: 0, silentGaps: 2, announced: 1 }],
  ])('counts what is wrong: %s', (_, events, found) => {
    const ledger = new Ledger();
    for (const event of events) {
      if (typeof event === 'number') ledger.event(event);
      else ledger.gap(event[0] ?? 0, event[1] ?? 0);
    }

    expect(ledger).toMatchObject(found);
  });
});

async function trials(seeds: number[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const next = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const verdict = await trial([service.url], seed);
      if (process.env.NEMESIS_VERBOSE || verdict.faults.length > 0)
        process.stdout.write(`${JSON.stringify(verdict)}\n`);
      verdicts.push(verdict);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return verdicts;
}

function report(verdicts: readonly Verdict[]): void {
  const failed = verdicts.filter(({ faults }) => faults.length > 0);
  const count = (word: string): number =>
    failed.filter(({ faults }) => faults.some((fault) => fault.startsWith(word))).length;
  const deeds = new Map<string, number>();
  for (const deed of verdicts.flatMap((verdict) => verdict.deeds)) deeds.set(deed, (deeds.get(deed) ?? 0) + 1);
  process.stdout.write(
    `${String(verdicts.length)} runs, seeds from ${String(FIRST_SEED)}, ${String(failed.length)} failed: ` +
      `${String(count('silent gaps'))} with gaps without notice, ${String(count('doubles'))} with doubles, ` +
      `${String(count('end'))} with wrong exits, ${String(count('started'))} started twice; ` +
      `faults: ${[...deeds].map(([deed, times]) => `${deed} ${String(times)}`).join(', ')}\n`,
  );
  for (const { seed } of failed) process.stdout.write(`npm run bench:nemesis -- --runs 1 --seed ${String(seed)}\n`);
}
