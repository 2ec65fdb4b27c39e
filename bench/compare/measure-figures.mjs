import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { now, sleep } from '../harness/clock.mjs';
import { median } from '../harness/stats.mjs';

const RSS_GAP_MS = 100;

/**
 * The numbers of one contender while nothing else is measured; smaller is better.
 * → {server, figures: [{what, unit, value}]}: the server goes on running.
 */
export async function measureFigures({ start, open }, quick) {
  const starts = [];
  let server;
  for (let i = 0; i < (quick ? 1 : 5); i++) {
    await server?.stop();
    const from = now();
    server = await start();
    const client = await open(server);
    starts.push(now() - from);
    await client.close();
  }
  await sleep(quick ? 200 : 2000);
  const rest = server.rss().total;
  const times = await commandTimes(
    () => open(server),
    quick ? { warmUp: 5, samples: 10 } : { warmUp: 20, samples: 100 },
  );
  const growth = await growthUnderStall(server, () => open(server), quick ? 1000 : 5000);
  const figures = [
    { what: 'Connect, run `true`, see the end: p50', unit: 'ms', value: median(times) },
    { what: 'From its start to the first connection', unit: 'ms', value: median(starts) },
    { what: 'Memory (RSS) at rest, its helpers included', unit: 'MB', value: rest / 1e6 },
    { what: '… more of it under a `yes` that nobody reads', unit: 'MB', value: growth / 1e6 },
    { what: 'Runs on', unit: '', value: runtime(server) },
  ];
  return { server, figures };
}

async function commandTimes(open, { warmUp, samples }) {
  const times = [];
  for (let i = 0; i < warmUp + samples; i++) {
    const from = now();
    const client = await open();
    await client.run('true');
    await client.ended;
    times.push(now() - from);
    await client.close();
  }
  return times.slice(warmUp);
}

async function growthUnderStall(server, open, stallMs) {
  const client = await open();
  const before = server.rss().total;
  await client.run('yes');
  client.stall();
  let highest = before;
  for (const until = now() + stallMs; now() < until; await sleep(RSS_GAP_MS))
    highest = Math.max(highest, server.rss().total);
  client.socket.resume();
  await client.cancel();
  await client.close();
  return highest - before;
}

/** The program that its process is: a runtime, or itself. */
function runtime(server) {
  const program = basename(readlinkSync(`/proc/${server.pid}/exe`));
  return program === server.kind ? 'itself' : program;
}
