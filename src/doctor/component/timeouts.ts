import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { RedisModule } from '../../redis/redis.module.js';
import { RedisService } from '../../redis/redis.service.js';
import type { Estimate } from '../../timeout/estimate.js';
import { timeoutVerdict } from '../../timeout/timeout-verdict.js';
import { TimeoutModule } from '../../timeout/timeout.module.js';
import { TimeoutService } from '../../timeout/timeout.service.js';
import type { CheckList } from '../check-list.js';
import type { DoctorComponent } from '../doctor-component.js';
import { eventually } from '../eventually.js';
import { OwnRedis } from '../own-redis.js';
import { openRooms } from '../rooms.js';

const RUNS = 5;
const RUN_MS = 60_000;
const PATIENCE_MS = 5000;
const COMMAND = { command: 'true' };

/** Time limits: by default, by history, and shared by Redis where there is one. */
export const timeoutsComponent: DoctorComponent = {
  name: 'timeouts',
  title: 'estimates by default and by history; history shared by Redis where there is one',
  maxSeconds: 40,
  async run({ checks, variables }) {
    const { REDIS_URL, ...alone } = variables;
    await checkHistory(checks, alone);
    if (REDIS_URL !== undefined) await checkShared(checks, alone, REDIS_URL, 'REDIS_URL');
    else {
      const redis = await OwnRedis.start(variables['PATH'], join(variables['DATA_DIR'] ?? '', 'redis'));
      if (redis === null)
        checks.note('Redis is not checked: REDIS_URL is not set, and there is no redis-server in PATH');
      else await checkShared(checks, alone, redis.url, 'a redis-server of its own').finally(() => redis.stop());
    }
  },
};

async function checkHistory(checks: CheckList, variables: Readonly<Record<string, string>>): Promise<void> {
  const rooms = await openRooms(variables, [TimeoutModule]);
  try {
    const timeouts = rooms.get(TimeoutService);
    const hint = { category: 'doctor', name: 'alone', complexity: 'low', type: 'doctor' } as const;
    const before = await timeouts.estimate(COMMAND, hint);
    checks.equals('of a task nothing is known of', 'default', before.basedOn);
    checks.equals(
      'its limit: 60 s, times 3, times the load, in seconds',
      180 * before.loadMultiplier,
      before.maxMs / 1000,
    );
    await learn(timeouts, before);
    const after = await timeouts.estimate(COMMAND, hint);
    checks.equals(`after ${String(RUNS)} runs of a minute`, ['exact_history', RUNS], [after.basedOn, after.samples]);
    checks.within('what it is expected to take', [RUN_MS / 1000, (RUN_MS * 3) / 1000], after.expectedMs / 1000, 's');
    checks.holds(
      'a limit of a second is too short for it',
      !timeoutVerdict(1000, after, null).isValid,
      'to be told so',
      timeoutVerdict(1000, after, null),
    );
  } finally {
    await rooms.close();
  }
}

/** What one service learns another one knows. The task is gone from Redis a minute later. */
async function checkShared(
  checks: CheckList,
  variables: Readonly<Record<string, string>>,
  url: string,
  what: string,
): Promise<void> {
  const name = `shared-${randomUUID()}`;
  const hint = { category: 'doctor', name, complexity: 'low', type: 'doctor' } as const;
  const open = (directory: string): ReturnType<typeof openRooms> =>
    openRooms(
      { ...variables, REDIS_URL: url, HISTORY_TTL: '60', DATA_DIR: join(variables['DATA_DIR'] ?? '', directory) },
      [RedisModule, TimeoutModule],
    );
  const one = await open('one');
  const other = await open('other');
  try {
    checks.equals(
      `Redis (${what}) answers`,
      ['up', 'up'],
      [await state(one.get(RedisService)), await state(other.get(RedisService))],
    );
    const timeouts = one.get(TimeoutService);
    await learn(timeouts, await timeouts.estimate(COMMAND, hint));
    const known = await other.get(TimeoutService).estimate(COMMAND, hint);
    checks.equals(
      'what one service learned another one knows',
      ['exact_history', RUNS],
      [known.basedOn, known.samples],
    );
  } finally {
    await one.close();
    await other.close();
  }
}

async function learn(timeouts: TimeoutService, estimate: Estimate): Promise<void> {
  for (let run = 0; run < RUNS; run++) {
    const activity = { activeMs: RUN_MS, longestStillnessMs: 1000, lastStillnessMs: 0 };
    await timeouts.learn(estimate, {
      executionId: randomUUID(),
      endedAt: Date.now(),
      ...activity,
      reason: 'exit',
      exitCode: 0,
    });
  }
}

async function state(redis: RedisService): Promise<string> {
  await eventually(() => redis.state === 'up', PATIENCE_MS);
  return redis.state;
}
