// The service's own rooms, without its door, asked for estimates: REDIS_URL and DATA_DIR say where history is.
//
// argv: the build's directory, 'learn' | 'ask'. Over IPC ← what came of it, then it ends.
// learn: teaches TASKS tasks 100 runs each, then asks for each after one run more → {memoryMs: [N…]}
// ask: knows nothing of them yet and asks for each once, a PING before each → {coldMs: [N…], pingMs: [N…]}
import 'reflect-metadata';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { now } from '../harness/clock.mjs';
import { Random } from './random.mjs';

const TASKS = 200;
const RUNS = 100;
const ROUNDS = 10;
/** Questions about other tasks of as many runs, so that a process that has just started is not what is measured. */
const WARM_UP = 200;
const MEDIAN_MS = 10_000;

const [build, work] = process.argv.slice(2);
const built = (file) => import(pathToFileURL(resolve(build, file)).href);
const { ConfigModule } = await built('config/config.module.js');
const { RedisModule } = await built('redis/redis.module.js');
const { RedisService } = await built('redis/redis.service.js');
const { TimeoutModule } = await built('timeout/timeout.module.js');
const { TimeoutService } = await built('timeout/timeout.service.js');

class Rooms {}
const app = await NestFactory.createApplicationContext(
  { module: Rooms, imports: [ConfigModule.forEnvironment(), RedisModule, TimeoutModule] },
  { logger: ['error', 'warn'] },
);
const redis = app.get(RedisService);
if (redis.isConfigured && redis.state !== 'up') await new Promise((up) => redis.onUp(up));
const timeouts = app.get(TimeoutService);
const random = new Random(1);
const all = Array.from({ length: TASKS + WARM_UP }, (_, i) => ({
  command: `make ${letters(i)} && ./check ${letters(i)}`,
}));
const [programs, others] = [all.slice(0, TASKS), all.slice(TASKS)];

const result = work === 'learn' ? { memoryMs: await learn() } : await ask();
await app.close();
process.send(result, () => process.exit(0));

async function learn() {
  for (let run = 0; run < RUNS; run++) await Promise.all(all.map(teach));
  const memoryMs = [];
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(programs.map(teach));
    for (const program of programs) {
      const from = now();
      const estimate = timeouts.estimate(program);
      memoryMs.push(now() - from);
      if (estimate instanceof Promise) throw new Error(`${program.command} is not in memory`);
      check(estimate);
    }
  }
  return memoryMs;
}

async function ask() {
  for (const program of others) check(await timeouts.estimate(program));
  const coldMs = [];
  const pingMs = [];
  for (const program of programs) {
    const pingedAt = now();
    await redis.run((client) => client.ping());
    pingMs.push(now() - pingedAt);
    const from = now();
    const estimate = await timeouts.estimate(program);
    coldMs.push(now() - from);
    check(estimate);
  }
  return { coldMs, pingMs };
}

async function teach(program) {
  const activeMs = random.lognormal(MEDIAN_MS, 1);
  await timeouts.learn(await timeouts.estimate(program), {
    executionId: `run-${Math.floor(random.uniform() * 2 ** 32)}`,
    endedAt: Date.now(),
    activeMs,
    longestStillnessMs: activeMs / 2,
    lastStillnessMs: 0,
    reason: 'exit',
    exitCode: 0,
  });
}

function check({ basedOn, samples }) {
  if (basedOn !== 'exact_history' || samples !== RUNS) throw new Error(`based on ${samples} runs of ${basedOn}`);
}

/** Another word for each number, without a digit. */
function letters(number) {
  return `part_${[...String(number)].map((digit) => 'abcdefghij'[digit]).join('')}`;
}
