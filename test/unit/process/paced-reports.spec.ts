import { expect, it } from '@jest/globals';
import { PacedReports } from '../../../src/process/paced-reports.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('hands on a few reports at once, and the rest in later turns, in their order', async () => {
  const taken: number[] = [];
  const reports = new PacedReports<number>((report) => taken.push(report));
  const all = Array.from({ length: 1000 }, (_, index) => index);
  const first = all.splice(0, 500);

  for (const report of first) reports.push(report);
  expect(taken.length).toBeGreaterThan(0);
  let most = taken.length;
  for (let turns = 0; taken.length < 1000 && turns < 1000; turns++) {
    const before = taken.length;
    await turn();
    most = Math.max(most, taken.length - before);
    for (const report of all.splice(0, 10)) reports.push(report);
  }

  expect(taken).toEqual(Array.from({ length: 1000 }, (_, index) => index));
  expect(most).toBeLessThanOrEqual(20);
});

it('hands on what comes alone at once', async () => {
  const taken: number[] = [];
  const reports = new PacedReports<number>((report) => taken.push(report));
  for (let report = 0; report < 100; report++) {
    reports.push(report);
    expect(taken).toHaveLength(report + 1);
    await turn();
    await turn();
  }
});
