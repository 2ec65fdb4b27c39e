import { now, sleep } from '../harness/clock.mjs';
import { makeFifos } from '../harness/fifos.mjs';
import { median, quantile } from '../harness/stats.mjs';

export const name = 'starts';
export const title =
  'what a start costs: beside plain spawn and websocketd, in a service of 400 MB, by 20 sessions, 500 at once';
export const targets = {
  spawn: { of: 'ratio', max: 0.6 },
  websocketd: { of: 'ratio', max: 1 },
  ballast: { of: 'ratio', max: 1.2 },
  blocked: { of: 'service', max: 2 },
  rate: { of: 'ratio', min: 1.5 },
  neighbour: { of: 'service', max: 30 },
};

const BALLAST_BYTES = 400e6;
const GAP_MS = 4;
/** Starts of each kind before those that count: a service starts thousands, and an engine compiles what runs often. */
const FIRST = 20;
const WARM_UP = 1000;
const SESSIONS = 20;
const BURST = 500;
/** One burst is over in a second: the lines of several make a quantile. */
const BURSTS = 4;
const NEIGHBOUR_INTERVAL_MS = 10;
const SETTLES_MS = 500;

export async function run({ servers, quick, targets }) {
  const single = await singles(servers, quick ? 60 : 300, quick ? 100 : WARM_UP, targets.blocked);
  const rate = await rates(servers, quick ? 1000 : 4000);
  const burst = await besideBursts(servers, quick ? 100 : BURST);
  const p50 = (kind) => median(single[kind]);
  const beside = (kind, target) => [
    {
      metric: `true → completed: p50 of ${single.service.length}`,
      unit: 'ms',
      service: p50('service'),
      reference: p50(kind),
      referenceName: kind,
      target,
    },
    {
      metric: 'the same: of the first ones of a service',
      unit: 'ms',
      service: median(single.first.service),
      reference: median(single.first[kind]),
      referenceName: kind,
    },
  ];
  return [
    ...beside('spawn', targets.spawn),
    ...('websocketd' in single ? beside('websocketd', targets.websocketd) : []),
    {
      metric: 'the same, beside plain spawn in a process as large as the service',
      unit: 'ms',
      service: p50('service'),
      reference: p50('evenSpawn'),
      referenceName: 'spawn',
    },
    {
      metric: 'with 400 MB of ballast in the service: p50',
      unit: 'ms',
      service: p50('heavy'),
      reference: p50('service'),
      referenceName: 'without',
      target: targets.ballast,
    },
    {
      metric: 'the same, beside plain spawn in a process of 400 MB',
      unit: 'ms',
      service: p50('heavy'),
      reference: p50('heavySpawn'),
      referenceName: 'spawn',
    },
    ...single.loop,
    {
      metric: `${SESSIONS} sessions back to back, executions`,
      unit: '/s',
      service: rate.service,
      ...(rate.websocketd !== undefined && {
        reference: rate.websocketd,
        referenceName: 'websocketd',
        target: targets.rate,
      }),
    },
    { metric: `${burst.count} starts at once: all served after`, unit: 'ms', service: burst.servedMs },
    {
      metric: 'delay of a neighbour’s lines meanwhile: p99',
      unit: 'ms',
      service: quantile(burst.delays, 0.99),
      reference: quantile(burst.alone, 0.99),
      referenceName: 'alone',
      target: targets.neighbour,
    },
    {
      metric: 'the same: worst',
      unit: 'ms',
      service: Math.max(...burst.delays),
      reference: Math.max(...burst.alone),
      referenceName: 'alone',
    },
  ];
}

/** One at a time, by turns. */
async function singles(servers, samples, warmUp, blocked) {
  const service = await servers.service();
  const heavy = await servers.weighted(BALLAST_BYTES);
  const plain = servers.plainSpawn();
  const websocketd = await servers.websocketd(['-c', 'true']);
  const sessions = { service: await service.connect(), heavy: await heavy.connect() };
  const ways = {
    service: () => timed(sessions.service),
    heavy: () => timed(sessions.heavy),
    spawn: async () => (await plain.run('true')).closeMs,
    ...(websocketd !== null && { websocketd: () => websocketd.run() }),
  };
  const take = async (count) => {
    const taken = Object.fromEntries(Object.keys(ways).map((kind) => [kind, []]));
    for (let i = 0; i < count; i++)
      for (const [kind, way] of Object.entries(ways)) {
        taken[kind].push(await way());
        await sleep(GAP_MS);
      }
    return taken;
  };
  await take(FIRST);
  const first = await take(samples);
  await take(warmUp);
  const taken = await take(samples);
  const atRest = await heavy.lateness(() => sleep(samples * GAP_MS * 2));
  const busy = await heavy.lateness(async () => {
    for (let i = 0; i < samples; i++) {
      await ways.heavy();
      await sleep(GAP_MS);
    }
  });
  const measured = { late: 'lateness of its event loop', blocked: 'of that, not waiting for a CPU' };
  const loop = Object.entries(measured).flatMap(([kind, what]) => [
    ...['p50', 'p99', 'worst'].map((which) => ({
      metric: `400 MB: ${what}, ${samples} starts: ${which}`,
      unit: 'ms',
      service: busy[kind][which],
      reference: atRest[kind][which],
      referenceName: 'at rest',
      ...(kind === 'blocked' && which === 'p99' && { target: blocked }),
    })),
    { metric: 'the same: over 2 ms, a start', unit: '', service: busy[kind].over2 / samples },
  ]);
  const evenBytes = Math.max(0, service.rss().main - plain.rss().main);
  for (const server of [service, heavy, plain, websocketd]) await server?.stop();
  // By themselves: what they copy would push what the others use out of the caches.
  const evenSpawn = await spawnedIn(servers, evenBytes, samples);
  const heavySpawn = await spawnedIn(servers, BALLAST_BYTES, samples / 3);
  return { ...taken, evenSpawn, heavySpawn, first, loop };
}

/** Plain spawn in a process with so much ballast. */
async function spawnedIn(servers, ballastBytes, samples) {
  const plain = servers.plainSpawn(ballastBytes);
  const taken = [];
  for (let i = 0; i < samples; i++) {
    taken.push((await plain.run('true')).closeMs);
    await sleep(GAP_MS);
  }
  await plain.stop();
  return taken;
}

/** Executions a second of many clients, each of whom starts the next when one has ended. */
async function rates(servers, ofMs) {
  const service = await servers.service();
  const open = await Promise.all(Array.from({ length: SESSIONS }, () => service.connect()));
  const websocketd = await servers.websocketd(['-c', 'true']);
  const count = async (ways) => {
    const until = now() + ofMs;
    let done = 0;
    const from = now();
    await Promise.all(
      ways.map(async (way) => {
        while (now() < until) {
          await way();
          done++;
        }
      }),
    );
    return (done * 1000) / (now() - from);
  };
  await count(open.map((session) => () => timed(session)));
  const rounds = { service: [], websocketd: [] };
  for (let i = 0; i < 3; i++) {
    rounds.service.push(await count(open.map((session) => () => timed(session))));
    if (websocketd !== null) rounds.websocketd.push(await count(open.map(() => () => websocketd.run())));
  }
  await service.stop();
  await websocketd?.stop();
  return { service: median(rounds.service), ...(websocketd !== null && { websocketd: median(rounds.websocketd) }) };
}

/** The lines of one session while others start one command each, all at once, several times. */
async function besideBursts(servers, count) {
  const service = await servers.service({ MAX_SESSIONS: String(count + 1) });
  const sessions = await Promise.all(Array.from({ length: count }, () => service.connect()));
  const neighbour = await service.connect();
  const [fifo] = makeFifos(`${servers.scratch}/starts`, 1);
  const lines = 300 + BURSTS * count * 2;
  const feeder = await servers.feeder(lines, NEIGHBOUR_INTERVAL_MS, [fifo]);
  let delays = [];
  let rest = '';
  const onText = (text) => {
    const at = now();
    const whole = (rest + text).split('\n');
    rest = whole.pop();
    for (const line of whole) delays.push(at - Number(line) / 1000);
  };
  const reading = neighbour.run(`exec cat ${fifo}`, { onText });
  await reading.started;
  await sleep(SETTLES_MS);
  feeder.process.send('go');
  await sleep(2 * SETTLES_MS);
  const alone = delays;
  const served = [];
  const meanwhile = [];
  for (let i = 0; i < BURSTS; i++) {
    delays = [];
    const from = now();
    await Promise.all(sessions.map((session) => timed(session)));
    served.push(now() - from);
    meanwhile.push(...delays);
    await sleep(SETTLES_MS);
  }
  await service.stop();
  await feeder.stop();
  return { count, servedMs: median(served), alone, delays: meanwhile };
}

async function timed(session) {
  const { sentAt, endedAt, completed } = await session.run('true').ended;
  if (completed.exit_code !== 0) throw new Error(`true ended with ${JSON.stringify(completed)}`);
  return endedAt - sentAt;
}
