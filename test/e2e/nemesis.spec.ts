import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { describeRedis } from '../support/describe-redis.js';
import { RedisServer } from '../support/redis-server.js';
import { Ledger } from './support/nemesis/ledger.js';
import { type Verdict, trial } from './support/nemesis/trial.js';
import { Service } from './support/service.js';

/** More of them, and others, are asked for by `npm run bench:nemesis`. */
const RUNS = Number(process.env.NEMESIS_RUNS ?? 12);
const FIRST_SEED = Number(process.env.NEMESIS_SEED ?? 1);
const AT_ONCE = 4;

jest.setTimeout(60_000 + RUNS * 5000);

const SETTINGS = { MAX_SESSIONS: '1000', WEBSOCKET_HEARTBEAT_INTERVAL: '1', RESUME_GRACE: '60' };

/** The services of a case, ended after it. */
const services: Service[] = [];

async function start(environment: Readonly<Record<string, string>> = {}): Promise<Service> {
  const service = await Service.start({ ...SETTINGS, ...environment });
  services.push(service);
  return service;
}

async function stop(): Promise<void> {
  for (const service of services.splice(0)) expect(await service.stop()).toBe(0);
}

/** Every connection of a trial goes to one of the services, at random. */
async function hold(runs: number): Promise<void> {
  const seeds = Array.from({ length: runs }, (_, index) => FIRST_SEED + index);
  const verdicts = await trials(
    services.map(({ url }) => url),
    seeds,
  );

  report(verdicts);
  expect(verdicts.filter(({ faults }) => faults.length > 0)).toEqual([]);
  expect(verdicts.reduce((sum, { deeds }) => sum + deeds.length, 0)).toBeGreaterThan(runs / 2);
}

describe('a client whose connections are reset, frozen, delayed, cut and swallowed at random points', () => {
  beforeAll(async () => {
    await start();
  });

  afterAll(stop);

  it('sees each event once and in order, every byte, and the exit as it was', async () => {
    await hold(RUNS);
  });
});

describeRedis('a client whose connections go to one of two services', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await RedisServer.start();
    for (const service of [
      await start({ CLUSTER: 'on', REDIS_URL: redis.url }),
      await start({ CLUSTER: 'on', REDIS_URL: redis.url }),
    ])
      await service.prints(/Redis at .* answers/);
  });

  afterAll(async () => {
    await stop();
    await redis.stop();
  });

  it('sees the same through both', async () => {
    await hold(process.env.NEMESIS_RUNS === undefined ? RUNS / 2 : RUNS);
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

async function trials(urls: readonly string[], seeds: number[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const next = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const verdict = await trial(urls, seed);
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
