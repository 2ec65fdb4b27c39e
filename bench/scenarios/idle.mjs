import { now, sleep } from '../harness/clock.mjs';
import { quantile } from '../harness/stats.mjs';

export const name = 'idle';
export const title = 'many idle sessions, then every one of them is served';
export const targets = {
  rssPerSession: { of: 'service', max: 20 },
  served: (count) => ({ of: 'service', min: count }),
};

const WARM_UP_SESSIONS = 200;
const CONNECT_AT_ONCE = 50;
const SETTLE_AT_MOST_MS = 12_000;
const EXECUTE_ON = 50;

export async function run({ servers, quick, targets }) {
  const count = quick ? 500 : 2000;
  const service = await measure(await servers.service({ MAX_SESSIONS: String(count + WARM_UP_SESSIONS) }), count);
  const bare = await measure(await servers.bare(), count);
  const pair = (of) => ({ service: of(service), reference: of(bare) });
  return [
    {
      metric: `RSS a session, ${count} sessions`,
      unit: 'KB',
      ...pair(({ rss }) => rss / 1024 / count),
      target: targets.rssPerSession,
    },
    { metric: 'served a ping', unit: 'sessions', ...pair(({ served }) => served), target: targets.served(count) },
    { metric: 'ping to all at once: p99', unit: 'ms', ...pair(({ pings }) => quantile(pings, 0.99)) },
    { metric: 'execute true on 50 at once: p99', unit: 'ms', ...pair(({ executions }) => quantile(executions, 0.99)) },
    { metric: 'CPU of 3 s of idling', unit: 's', ...pair(({ idleCpu }) => idleCpu) },
  ];
}

async function measure(server, count) {
  const warmUp = await connect(server, WARM_UP_SESSIONS);
  for (const session of warmUp) await session.ping();
  await warmUp[0].run('true').ended;
  await Promise.all(warmUp.map((session) => session.close()));
  const before = await settledRss(server);
  const sessions = await connect(server, count);
  const rss = (await settledRss(server)) - before;
  const cpuBefore = server.cpu();
  await sleep(3000);
  const idleCpu = server.cpuSince(cpuBefore).total;
  const pings = await Promise.all(sessions.map((session) => timed(() => session.ping())));
  const some = sessions.filter((_, i) => i % Math.ceil(count / EXECUTE_ON) === 0);
  const executions = await Promise.all(some.map((session) => timed(() => session.run('true').ended)));
  await Promise.all(sessions.map((session) => session.close()));
  await server.stop();
  return { rss, idleCpu, pings, served: pings.length, executions };
}

async function connect(server, count) {
  const sessions = [];
  while (sessions.length < count) {
    const some = Array.from({ length: Math.min(CONNECT_AT_ONCE, count - sessions.length) }, () => server.connect());
    sessions.push(...(await Promise.all(some)));
  }
  return sessions;
}

/** The resident bytes once they have not changed by 1 % for 3 s: V8 returns what the handshakes left when it idles. */
async function settledRss(server) {
  const deadline = now() + SETTLE_AT_MOST_MS;
  const seen = [];
  while (now() < deadline) {
    seen.push(server.rss().total);
    const recent = seen.slice(-7);
    if (recent.length === 7 && Math.max(...recent) <= 1.01 * Math.min(...recent)) break;
    await sleep(500);
  }
  return seen.at(-1);
}

async function timed(act) {
  const from = now();
  await act();
  return now() - from;
}
