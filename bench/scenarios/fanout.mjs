// The producer is perl: one wake-up and one write(2) a line, no fork, 5 MB. A shell loop would fork a `sleep` for each
// line (20,000 forks a second), one feeder through 200 FIFOs would need 200 `cat`s that wake up as well. All of them
// are started first and begin together at a given time of CLOCK_MONOTONIC, which Node's process.hrtime reads too;
// their ticks are spread evenly over the interval.
import { spawnSync } from 'node:child_process';
import { now } from '../harness/clock.mjs';
import { median, quantile } from '../harness/stats.mjs';

export const name = 'fanout';
export const title =
  'many sessions, each a program that prints 100 lines a second; delivery latency, median of the rounds';
export const targets = { p99: { of: 'ratio', max: 1.2 } };

const LINES = 200;
const INTERVAL_MS = 10;
const START_WITHIN_MS_PER_SESSION = 25;

export async function run({ servers, quick, targets }) {
  if (spawnSync('perl', ['-MTime::HiRes', '-e', '1']).status !== 0) throw new Error('it needs perl with Time::HiRes');
  const count = quick ? 50 : 200;
  const rounds = quick ? 1 : 3;
  const service = await servers.service({ MAX_SESSIONS: String(count) });
  const bare = await servers.bare();
  const open = (server) => Promise.all(Array.from({ length: count }, () => server.connect()));
  const sessions = { service: await open(service), bare: await open(bare) };

  const results = { service: [], bare: [] };
  for (let i = 0; i < rounds; i++) {
    const order = [service, bare];
    for (const server of i % 2 === 0 ? order : order.reverse()) {
      results[server.kind].push(await round(server, sessions[server.kind]));
    }
  }

  const pair = (of) => ({ service: median(results.service.map(of)), reference: median(results.bare.map(of)) });
  return [
    {
      metric: `latency p50, ${count} × ${LINES} lines`,
      unit: 'ms',
      ...pair(({ latencies }) => quantile(latencies, 0.5)),
    },
    { metric: 'latency p99', unit: 'ms', ...pair(({ latencies }) => quantile(latencies, 0.99)), target: targets.p99 },
    { metric: 'server CPU', unit: 's', ...pair(({ cpu }) => cpu) },
    { metric: 'RSS after it', unit: 'MB', service: service.rss().total / 1e6, reference: bare.rss().total / 1e6 },
  ];
}

async function round(server, sessions) {
  const startAt = now() + 500 + sessions.length * START_WITHIN_MS_PER_SESSION;
  const latencies = [];
  const executions = sessions.map((session, i) => {
    let rest = '';
    const onText = (text) => {
      const at = now();
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) latencies.push(at - Number(line) / 1000);
    };
    return session.run(tickerCommand(startAt + (i * INTERVAL_MS) / sessions.length), { onText });
  });
  await Promise.all(executions.map(({ started }) => started));
  if (now() > startAt) throw new Error(`${sessions.length} programs were not started in time`);
  const cpuBefore = server.cpu().total;
  await Promise.all(executions.map(({ ended }) => ended));
  const cpu = server.cpu().total - cpuBefore;
  const expected = sessions.length * LINES;
  if (latencies.length !== expected) throw new Error(`${latencies.length} lines of ${expected}`);
  return { latencies, cpu };
}

/** Prints LINES lines, one each INTERVAL_MS from `startAtMs` on: the microseconds of CLOCK_MONOTONIC at its write. */
function tickerCommand(startAtMs) {
  const program = [
    'sub t { clock_gettime(CLOCK_MONOTONIC) }',
    `for my $i (0 .. ${LINES - 1}) {`,
    `my $wait = ${(startAtMs / 1000).toFixed(6)} + $i * ${INTERVAL_MS / 1000} - t();`,
    'select(undef, undef, undef, $wait) if $wait > 0;',
    'syswrite(STDOUT, sprintf("%.0f\\n", t() * 1e6));',
    '}',
  ].join(' ');
  return `exec perl -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC -e '${program}'`;
}
