import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll, refusal } from './support/client.js';
import { eventually } from './support/eventually.js';
import { type Environment, Service } from './support/service.js';

jest.setTimeout(60_000);

const TOKEN = 'a-token-of-the-tests-1';
const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;

let service: Service;

afterEach(async () => {
  disconnectAll();
  await service.end('SIGKILL');
  service.remove();
});

/** What is counted: name with its labels → value. */
type Samples = ReadonlyMap<string, number>;

async function start(environment: Environment = {}): Promise<void> {
  service = await Service.start(environment);
}

function scrape(headers: Record<string, string> = {}): Promise<Response> {
  return fetch(service.http('/metrics'), { headers });
}

async function samples(): Promise<Samples> {
  const lines = (await (await scrape()).text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line): [string, number] => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1).replace('+Inf', 'Infinity'))];
    }),
  );
}

/** The samples once a name has a value. */
function counted(name: string, value: number): Promise<Samples> {
  return eventually(samples, (found) => found.get(name) === value);
}

describe('the metrics', () => {
  it('tell what runs, what ran and how it ended', async () => {
    await start({ MAX_PROCESSES_PER_SESSION: '5' });
    const client = await Client.connect(service.url);
    await client.run({ command: 'echo out; echo error >&2' });
    await client.run({ command: 'exit 3' });
    await client.run({ command: 'sleep 1000', timeout: 0.1 });
    await client.run({ command: 'sleep 1000', stall_timeout: 0.1 });
    const running = await client.execute({ command: 'echo more; sleep 1000', timeout: 100 });
    await client.request('extend', { timeout: 200 });
    await running.prints('more');

    const found = await counted('cc_executor_output_bytes_total{stream="stdout"}', 9);
    const told = Object.fromEntries([...found].filter(([name]) => name.startsWith('cc_executor_')));
    expect(told).toMatchObject({
      cc_executor_sessions: 1,
      cc_executor_sessions_max: 100,
      cc_executor_processes: 1,
      cc_executor_processes_max: Infinity,
      cc_executor_draining: 0,
      cc_executor_launcher_up: 1,
      cc_executor_executions_started_total: 5,
      cc_executor_executions_running: 1,
      'cc_executor_executions_ended_total{reason="exit"}': 2,
      'cc_executor_executions_ended_total{reason="timeout"}': 1,
      'cc_executor_executions_ended_total{reason="stalled"}': 1,
      'cc_executor_execution_duration_seconds_count{status="completed"}': 1,
      'cc_executor_execution_duration_seconds_count{status="failed"}': 3,
      'cc_executor_timeouts_total{kind="execution"}': 1,
      'cc_executor_timeouts_total{kind="stall"}': 1,
      'cc_executor_extensions_total{why="client"}': 1,
      'cc_executor_extensions_total{why="progress"}': 0,
      'cc_executor_estimate_ratio_count{based_on="default"}': 1,
      'cc_executor_output_bytes_total{stream="stderr"}': 6,
      'cc_executor_redis_state{state="unconfigured"}': 1,
      'cc_executor_redis_state{state="up"}': 0,
      'cc_executor_requests_total{method="execute"}': 5,
    });
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect([...found.keys()].some((name) => name.startsWith('nodejs_eventloop_lag_seconds'))).toBe(true);
  });

  it('tell what waits for a client, and how long its command did', async () => {
    await start();
    const client = await Client.connect(service.url);
    const execution = await client.execute({ command: 'yes', output: { mode: 'chunk' } });
    await execution.event('process.output');
    client.socket.pause();

    const found = await eventually(samples, (all) => (all.get('cc_executor_blocked_seconds_total') ?? 0) > 0.05);
    expect(found.get('cc_executor_output_queue_bytes')).toBeGreaterThan(262_144);
  });

  it('tell refusals by their rule', async () => {
    await start({ MAX_SESSIONS: '1', ALLOWED_COMMANDS: 'echo' });
    const client = await Client.connect(service.url);
    await client.failure('execute', { command: 'rm x' });
    await client.failure('execute', { command: 'echo $HOME' });
    await client.failure('status', { execution_id: 'x' });
    await refusal(service.url, { origin: 'http://foreign.example' });
    await Client.dial(service.url);

    const found = await counted('cc_executor_refusals_total{of="connection",code="-32001",rule="session_limit"}', 1);
    expect(Object.fromEntries([...found].filter(([name]) => name.startsWith('cc_executor_refusals')))).toEqual({
      'cc_executor_refusals_total{of="request",code="-32002",rule="not_on_allow_list"}': 1,
      'cc_executor_refusals_total{of="request",code="-32002",rule="expansion"}': 1,
      'cc_executor_refusals_total{of="request",code="-32602",rule="invalid_params"}': 1,
      'cc_executor_refusals_total{of="connection",code="403",rule="Origin not allowed"}': 1,
      'cc_executor_refusals_total{of="connection",code="-32001",rule="session_limit"}': 1,
    });
  });

  it('have no label that a client can choose', async () => {
    await start({ RATE_REQUESTS: '30/600' });
    const client = await Client.connect(service.url);
    const { execution } = await client.run({ command: 'echo a-secret-word', labels: { 'a-secret-word': 'x' } });
    for (let index = 0; index < 40; index++) await client.failure(`a-secret-word-${String(index)}`);

    const text = await (await scrape()).text();
    expect(text).not.toMatch(/a-secret-word/);
    expect(text).not.toContain(execution.id);
    expect(text).toMatch(/^cc_executor_requests_total\{method="other"\} 40$/m);
  });

  (hasPromtool ? it : it.skip)('are what Prometheus reads, to its own checker', async () => {
    await start();
    const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await (await scrape()).text(),
      encoding: 'utf8',
    });

    // Those of Node's own process have names that are older than the checker's advice.
    const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('cc_executor_'));
    expect(complaints).toEqual([]);
  });
});

describe('METRICS', () => {
  it('on asks for the token that clients have', async () => {
    await start({ AUTH_TOKEN: TOKEN });
    for (const path of ['/metrics', '/METRICS', '/metrics/', '/metrics?x=1'])
      expect((await fetch(service.http(path))).status).toBe(401);

    const response = await scrape({ authorization: `Bearer ${TOKEN}` });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect((await scrape({ authorization: 'Bearer another-token-of-16' })).status).toBe(401);
  });

  it('open asks for none', async () => {
    await start({ AUTH_TOKEN: TOKEN, METRICS: 'open' });

    expect((await scrape()).status).toBe(200);
  });

  it('off counts nothing, and commands run', async () => {
    await start({ METRICS: 'off' });
    const client = await Client.connect(service.url);

    expect((await client.run({ command: 'echo hi' })).stdout).toBe('hi\n');
    expect((await scrape()).status).toBe(404);
  });
});
