import { expect, it } from '@jest/globals';
import { StartTurns } from '../../../src/gateway/start-turns.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it('lets starts begin at once while they take little of a turn', async () => {
  const turns = new StartTurns();
  for (let start = 0; start < 20; start++) {
    expect(turns.take()).toBeNull();
    await turn();
  }
});

it('lets one begin in each turn where they take long, in the order in which they came', async () => {
  const turns = new StartTurns();
  const begun: number[] = [];
  const begin = (index: number): void => {
    begun.push(index);
    work(3);
  };
  for (let index = 0; index < 20; index++) {
    const later = turns.take();
    if (later === null) begin(index);
    else
      void later.then(() => {
        begin(index);
      });
  }
  let most = 0;
  for (let seen = 0; begun.length < 20; seen = begun.length) {
    await turn();
    most = Math.max(most, begun.length - seen);
  }

  expect(begun).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(most).toBeLessThanOrEqual(2);
  await turn();
  await turn();
  expect(turns.take()).toBeNull();
});
