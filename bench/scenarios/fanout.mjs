// Each session's program is `cat` of a FIFO of its own; one process outside of the servers writes into all of them.
// A program that keeps the time by itself costs two to five times as much for each line (a shell loop even a fork), and
// 200 of those fill both cores: what is measured then is the scheduler. The timestamp is taken at the write into the
// FIFO, so a late writer is not counted, and the way through `cat` is, for both servers alike.
import { once } from 'node:events';
import { join } from 'node:path';
import { now, sleep } from '../harness/clock.mjs';
import { makeFifos } from '../harness/fifos.mjs';
import { median, quantile } from '../harness/stats.mjs';

export const name = 'fanout';
export const title = 'many sessions, each a program that prints 100 lines a second; latency, median of the rounds';
export const targets = { p99: { of: 'ratio', max: 1.2 } };

const LINES = 200;
const INTERVAL_MS = 10;
const SETTLES_MS = 500;

export async function run({ servers, quick, targets }) {
  const count = quick ? 50 : 200;
  const rounds = quick ? 1 : 5;
  const fifos = makeFifos(join(servers.scratch, 'fanout'), count);
  const service = await servers.service({ MAX_SESSIONS: String(count) });
  const bare = await servers.bare();
  const open = (server) => Promise.all(fifos.map(() => server.connect()));
  const sessions = { service: await open(service), bare: await open(bare) };

  const results = { service: [], bare: [] };
  for (let i = 0; i < rounds; i++) {
    const order = i % 2 === 0 ? [service, bare] : [bare, service];
    for (const server of order) {
      results[server.kind].push(await round(servers, server, sessions[server.kind], fifos));
    }
  }

  const pair = (of) => ({ service: median(results.service.map(of)), reference: median(results.bare.map(of)) });
  const latency = (q) => pair(({ latencies }) => quantile(latencies, q));
  return [
    { metric: `latency p50, ${count} × ${LINES} lines`, unit: 'ms', ...latency(0.5) },
    { metric: 'latency p99', unit: 'ms', ...latency(0.99), target: targets.p99 },
    { metric: 'last line written → all completed', unit: 'ms', ...pair(({ endMs }) => endMs) },
    { metric: 'server CPU', unit: 's', ...pair(({ cpu }) => cpu) },
    { metric: 'RSS after it', unit: 'MB', service: service.rss().total / 1e6, reference: bare.rss().total / 1e6 },
  ];
}

async function round(servers, server, sessions, fifos) {
  const feeder = await servers.feeder(LINES, INTERVAL_MS, fifos);
  const latencies = [];
  const executions = sessions.map((session, i) => {
    let rest = '';
    const onText = (text) => {
      const at = now();
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) latencies.push(at - Number(line) / 1000);
    };
    return session.run(`exec cat ${fifos[i]}`, { onText });
  });
  await Promise.all(executions.map(({ started }) => started));
  await sleep(SETTLES_MS);
  const cpuBefore = server.cpu();
  feeder.process.send('go');
  const [writtenAt] = await once(feeder.process, 'message');
  await Promise.all(executions.map(({ ended }) => ended));
  const endMs = now() - writtenAt;
  const cpu = server.cpuSince(cpuBefore).total;
  const expected = sessions.length * LINES;
  if (latencies.length !== expected) throw new Error(`${latencies.length} lines of ${expected}`);
  return { latencies, cpu, endMs };
}
