import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile } from '../harness/stats.mjs';
import { RedisServer } from './redis-server.mjs';

const MEMORY_TARGET_MS = 0.2;
const REDIS_TARGET_MS = 3;
/** Services one after the other that know nothing yet: each question they ask is one to Redis. */
const COLD_STARTS = 3;

/** How long an estimate takes, of 200 tasks with 100 runs each → [{text, isMet?}], one a line. */
export async function answerTimes(build) {
  const directory = mkdtempSync(join(tmpdir(), 'bench-timeouts-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const redis = await RedisServer.start(directory);
  try {
    const places = { REDIS_URL: redis?.url ?? '', DATA_DIR: join(directory, 'service') };
    const { memoryMs } = await work(build, 'learn', places);
    const memory = line('estimate from memory, a run after the last one', memoryMs, MEMORY_TARGET_MS);
    if (redis === null) return [memory, { text: 'estimate from Redis: not measured, no redis-server on PATH' }];
    const coldMs = [];
    const pingMs = [];
    for (let start = 0; start < COLD_STARTS; start++) {
      // The embedded store of another service: what it knows comes from Redis.
      const asked = await work(build, 'ask', { ...places, DATA_DIR: join(directory, `service-${start}`) });
      coldMs.push(...asked.coldMs);
      pingMs.push(...asked.pingMs);
    }
    return [
      memory,
      line('estimate from Redis', coldMs, REDIS_TARGET_MS),
      { text: `a PING before each: ${timesText(pingMs)}` },
    ];
  } finally {
    await redis?.stop();
  }
}

async function work(build, kind, places) {
  const { PATH, HOME } = process.env;
  const file = fileURLToPath(new URL('./estimate-process.mjs', import.meta.url));
  const child = fork(file, [build, kind], { env: { PATH, HOME, ...places } });
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`asking for estimates ended: ${code}`)));
  const [result] = await Promise.race([once(child, 'message'), failed]);
  return result;
}

function line(what, timesMs, targetMs) {
  const isMet = quantile(timesMs, 0.99) <= targetMs;
  return { text: `${what}: ${timesText(timesMs)}; p99 ≤ ${targetMs * 1000} µs ${isMet ? 'ok' : 'MISS'}`, isMet };
}

function timesText(timesMs) {
  const us = (q) => `${(quantile(timesMs, q) * 1000).toFixed(0)} µs`;
  return `p50 ${us(0.5)}, p99 ${us(0.99)} of ${timesMs.length}`;
}
