import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import WebSocket from 'ws';
import { now, within } from '../harness/clock.mjs';
import { record } from '../harness/recording.mjs';
import { median, quantile } from '../harness/stats.mjs';
import { RedisServer } from '../timeouts/redis-server.mjs';

export const name = 'cluster';
export const title = 'CLUSTER=on: lines beside the same without it, and sessions that move between two services';
export const targets = {
  share: { of: 'service', min: 0.5 },
  reattachMs: { of: 'service', max: 100 },
};

const COUNT = 1_000_000;
const MOVE_WITHIN_MS = 20_000;
/** What a client that comes back has missed. */
const MISSED = 'seq 1 20000; exec sleep 100';

export async function run({ servers, quick, targets }) {
  const redis = await RedisServer.start(servers.scratch);
  if (redis === null) throw new Error('redis-server is not installed');
  const environment = { CLUSTER: 'on', REDIS_URL: redis.url, MAX_SESSIONS: '1000' };
  try {
    const alone = await servers.service();
    const one = await servers.service(environment);
    const other = await servers.service({ ...environment, DATA_DIR: mkdtempSync(join(servers.scratch, 'other-')) });
    return [
      ...(await lines(alone, one, quick ? 1 : 3, targets)),
      ...(await moves(one, other, quick ? 20 : 200, targets)),
    ];
  } finally {
    await redis.stop();
  }
}

async function lines(alone, shared, runs, targets) {
  const rows = [];
  for (const mode of ['line', 'lines']) {
    const costs = { alone: [], shared: [] };
    for (const server of [alone, shared]) await record(server, 'seq 1 20000', mode);
    for (let i = 0; i < runs; i++) {
      costs.alone.push(await record(alone, `seq 1 ${COUNT}`, mode));
      costs.shared.push(await record(shared, `seq 1 ${COUNT}`, mode));
    }
    const wall = (key) => median(costs[key].map(({ wallMs }) => wallMs / 1000));
    const cpu = (key) => median(costs[key].map((cost) => cost.cpu.total));
    rows.push(
      {
        metric: `mode ${mode}: wall time, beside CLUSTER=off`,
        unit: 's',
        service: wall('shared'),
        reference: wall('alone'),
        referenceName: 'off',
      },
      {
        metric: `mode ${mode}: server CPU, beside CLUSTER=off`,
        unit: 's',
        service: cpu('shared'),
        reference: cpu('alone'),
        referenceName: 'off',
      },
      {
        metric: `mode ${mode}: throughput, as a share of that of CLUSTER=off`,
        unit: '',
        service: wall('alone') / wall('shared'),
        target: targets.share,
      },
    );
  }
  return rows;
}

/** From `resume` on the other service to the first byte that was missed. */
async function moves(one, other, count, targets) {
  const firstMs = [];
  const answeredMs = [];
  for (let i = 0; i < count; i++) {
    const { sessionId, token, executionId } = await begin(one, MISSED);
    const { answered, first } = await within(
      MOVE_WITHIN_MS,
      move(other, sessionId, token, executionId),
      'a resumption',
    );
    answeredMs.push(answered);
    firstMs.push(first);
  }
  return [
    { metric: `resume on the other service: answer, p50 of ${count}`, unit: 'ms', service: median(answeredMs) },
    { metric: 'resume on the other service: first byte that was missed, p50', unit: 'ms', service: median(firstMs) },
    { metric: '… p99', unit: 'ms', service: quantile(firstMs, 0.99), target: targets.reattachMs },
  ];
}

/** Starts the command in a session of its own, and vanishes when all of its lines are there. */
async function begin(server, command) {
  const socket = new WebSocket(`ws://${server.address}/ws/mcp`, { perMessageDeflate: false });
  const session = {};
  await new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data) => {
      const { id, method, params, result } = JSON.parse(data);
      if (method === 'connected') {
        Object.assign(session, { sessionId: params.session_id, token: params.resume_token });
        call(socket, 'execute', { command });
      } else if (id === 1) session.executionId = result.execution_id;
      else if (params?.data === '20000\n') resolve();
    });
  });
  socket.terminate();
  await once(socket, 'close');
  return session;
}

async function move(server, sessionId, token, executionId) {
  const socket = new WebSocket(`ws://${server.address}/ws/mcp`, { perMessageDeflate: false });
  let from;
  let answered;
  const first = await new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data) => {
      const { id, method, error } = JSON.parse(data);
      if (error !== undefined) reject(new Error(JSON.stringify(error)));
      if (method === 'connected') {
        from = now();
        call(socket, 'resume', { session_id: sessionId, resume_token: token, last_seq: { [executionId]: 1 } });
      } else if (id === 1) answered = now() - from;
      else if (method === 'process.output') resolve(now() - from);
    });
  });
  socket.close();
  await once(socket, 'close');
  return { answered, first };
}

function call(socket, method, params) {
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
}
