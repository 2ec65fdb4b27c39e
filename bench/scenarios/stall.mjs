import { now, sleep } from '../harness/clock.mjs';
import { groupMembers } from '../harness/proc.mjs';
import { median, quantile } from '../harness/stats.mjs';

export const name = 'stall';
export const title = 'a client that stops reading under `yes`, and another one beside it';
export const targets = {
  rssGrowth: { of: 'service', max: 40 },
  neighbour: { of: 'ratio', max: 1.5 },
  cancel: { of: 'service', max: 1000 },
};

const SAMPLE_GAP_MS = 20;
const RSS_GAP_MS = 100;

export async function run({ servers, quick, targets }) {
  const stallMs = quick ? 3000 : 10_000;
  const service = await measure(await servers.service(), stallMs);
  const bare = await measure(await servers.bare(), stallMs);
  return [
    {
      metric: `RSS growth in ${stallMs / 1000} s`,
      unit: 'MB',
      service: service.growth / 1e6,
      reference: bare.growth / 1e6,
      target: targets.rssGrowth,
    },
    {
      metric: 'echo hi of another client: p50',
      unit: 'ms',
      service: median(service.meanwhile),
      reference: median(service.alone),
      referenceName: 'before',
      target: targets.neighbour,
    },
    {
      metric: 'echo hi of another client: p99',
      unit: 'ms',
      service: quantile(service.meanwhile, 0.99),
      reference: quantile(service.alone, 0.99),
      referenceName: 'before',
    },
    {
      metric: 'CANCEL of the stalled client → group gone',
      unit: 'ms',
      service: service.cancelMs,
      reference: bare.cancelMs,
      target: targets.cancel,
    },
    { metric: 'server CPU meanwhile, echo hi included', unit: 's', service: service.cpu, reference: bare.cpu },
  ];
}

async function measure(server, stallMs) {
  const other = await server.connect();
  const stalled = await server.connect();
  await echoes(other, 30);
  const alone = await echoes(other, Math.ceil(stallMs / 50));

  const before = server.rss().total;
  let highest = before;
  const watch = setInterval(() => (highest = Math.max(highest, server.rss().total)), RSS_GAP_MS);
  const execution = stalled.run('yes', { onText: () => {} });
  await execution.started;
  stalled.pause();
  const cpuBefore = server.cpu();
  const until = now() + stallMs;
  const meanwhile = [];
  while (now() < until) meanwhile.push(...(await echoes(other, 1)));
  const cpu = server.cpuSince(cpuBefore).total;
  clearInterval(watch);

  const canceledAt = now();
  const canceled = stalled.cancel();
  canceled.catch(() => {});
  while (groupMembers(execution.pgid).length > 0) {
    if (now() - canceledAt > 20_000) throw new Error('CANCEL of the stalled client did not end its command in 20 s');
    await sleep(1);
  }
  const cancelMs = now() - canceledAt;
  stalled.resume();
  await canceled;
  const { completed } = await execution.ended;
  if (server.kind === 'service' && completed.status !== 'canceled') throw new Error(JSON.stringify(completed));
  await server.stop();
  return { alone, meanwhile, growth: highest - before, cancelMs, cpu };
}

async function echoes(session, count) {
  const taken = [];
  for (let i = 0; i < count; i++) {
    const { sentAt, endedAt, text } = await session.run('echo hi').ended;
    if (text !== 'hi\n') throw new Error(`echo hi gave ${JSON.stringify(text)}`);
    taken.push(endedAt - sentAt);
    await sleep(SAMPLE_GAP_MS);
  }
  return taken;
}
