import { once } from 'node:events';
import { get } from 'node:http';
import { now, sleep, within } from '../harness/clock.mjs';
import { groupMembers, processState } from '../harness/proc.mjs';
import { median, quantile } from '../harness/stats.mjs';

export const name = 'neighbour';
export const title =
  '`echo hi` beside a session that floods with `yes` (mode line) into a client that reads at full speed';
export const targets = {
  echo: { of: 'ratio', max: 5 },
  health: { of: 'service', max: 100 },
  pause: { of: 'service', max: 50 },
  cancel: { of: 'service', max: 50 },
  logLines: { of: 'service', max: 1 },
  cpuAfter: { of: 'service', max: 0.05 },
};

const SAMPLE_GAP_MS = 5;
const SAMPLES_AT_MOST_MS = 8000;
const FLOWS_MS = 500;
const AFTER_MS = 3000;

export async function run({ servers, quick, targets }) {
  const samples = quick ? 30 : 150;
  const service = await servers.service();
  const session = await service.connect();
  await echoes(session, 30);
  const alone = await echoes(session, samples);

  const flood = await Flood.start(servers, service);
  const cpuBefore = service.cpu();
  const bytesBefore = await flood.bytes();
  const from = now();
  const beside = await echoes(session, samples);
  const health = [];
  for (let i = 0; i < (quick ? 10 : 50); i++) health.push(await healthMs(service.address));
  const seconds = (now() - from) / 1000;
  const rate = ((await flood.bytes()) - bytesBefore) / 1e6 / seconds;
  const load = service.cpuSince(cpuBefore).main / seconds;

  const pauses = [];
  for (let i = 0; i < (quick ? 2 : 8); i++) {
    pauses.push(await flood.control('PAUSE', (state) => state === 'T'));
    await flood.control('RESUME', (state) => state !== 'T');
    await sleep(FLOWS_MS / 2);
  }
  const cancels = [await flood.control('CANCEL', (state) => state === null || 'ZX'.includes(state))];
  for (let i = 1; i < (quick ? 2 : 5); i++) {
    await flood.again();
    cancels.push(await flood.control('CANCEL', (state) => state === null || 'ZX'.includes(state)));
  }
  await service.stop();

  const bare = await servers.bare();
  const bareSession = await bare.connect();
  await echoes(bareSession, 30);
  await Flood.start(servers, bare);
  const besideBare = await echoes(bareSession, samples);
  await bare.stop();

  const left = await leaving(servers);
  const worst = (measured, key) => Math.max(...measured.map((each) => each[key]));
  return [
    {
      metric: `echo hi: p50 of ${beside.length}`,
      unit: 'ms',
      service: median(beside),
      reference: median(alone),
      referenceName: 'alone',
      target: targets.echo,
    },
    {
      metric: 'echo hi: p50',
      unit: 'ms',
      service: median(beside),
      reference: median(besideBare),
      note: '(bare: flooded too)',
    },
    {
      metric: 'echo hi: p99',
      unit: 'ms',
      service: quantile(beside, 0.99),
      reference: quantile(alone, 0.99),
      referenceName: 'alone',
    },
    {
      metric: `GET /healthz: worst of ${health.length}`,
      unit: 'ms',
      service: Math.max(...health),
      target: targets.health,
    },
    { metric: 'flood received', unit: 'MB/s', service: rate },
    { metric: 'main process, cores used', unit: '', service: load },
    {
      metric: `PAUSE → group stopped: worst of ${pauses.length}`,
      unit: 'ms',
      service: worst(pauses, 'actedMs'),
      target: targets.pause,
    },
    { metric: 'PAUSE → reply: worst', unit: 'ms', service: worst(pauses, 'replyMs') },
    {
      metric: `CANCEL → group gone: worst of ${cancels.length}`,
      unit: 'ms',
      service: worst(cancels, 'actedMs'),
      target: targets.cancel,
    },
    { metric: 'CANCEL → reply: worst', unit: 'ms', service: worst(cancels, 'replyMs') },
    { metric: 'client killed in mid-flood → group gone', unit: 'ms', service: left.goneMs },
    { metric: 'log lines of it in 3 s, default LOG_LEVEL', unit: '', service: left.logLines, target: targets.logLines },
    { metric: 'server CPU of the 3 s after', unit: 's', service: left.cpu, target: targets.cpuAfter },
  ];
}

/** `yes` into a client of its own process. */
class Flood {
  static async start(servers, server) {
    const flood = new Flood();
    flood.isService = server.kind === 'service';
    flood.client = await servers.floodClient(server.address, server.kind);
    await flood.again();
    return flood;
  }

  #id = 0;

  async again() {
    const request = { id: ++this.#id, jsonrpc: '2.0', method: 'execute', params: { command: 'yes' } };
    const { text } = await this.client.ask({
      send: JSON.stringify(this.isService ? request : { command: 'yes' }),
      until: this.isService ? ['"result"', '"process.started"'] : ['"started"'],
    });
    const pid = /"pg?id":(\d+)/.exec(text)?.[1];
    if (pid === undefined) throw new Error(`the flood did not start: ${text}`);
    this.pgid = Number(pid);
    await sleep(FLOWS_MS);
  }

  async bytes() {
    return (await this.client.ask({ bytes: true })).bytes;
  }

  /** PAUSE, RESUME or CANCEL: the times from its sending until every process of the group is so, and to the reply. */
  async control(type, isSo) {
    const members = groupMembers(this.pgid);
    const request = { id: ++this.#id, jsonrpc: '2.0', method: 'control', params: { type } };
    const until = ['"result"', ...(type === 'CANCEL' ? ['"process.completed"'] : [])];
    const answered = this.client.ask({ send: JSON.stringify(request), until });
    const deadline = now() + 20_000;
    while (!members.every((pid) => isSo(processState(pid)))) {
      if (now() > deadline) throw new Error(`${type} of the flood did nothing in 20 s`);
      await sleep(1);
    }
    const actedAt = now();
    const { sentAt, seenAt } = await within(20_000, answered, `the answer to ${type}`);
    return { actedMs: actedAt - sentAt, replyMs: seenAt[0] - sentAt };
  }
}

/** A client that is killed in mid-flood: what it costs the service from then on. */
async function leaving(servers) {
  const service = await servers.service({ LOG_LEVEL: null });
  const flood = await Flood.start(servers, service);
  const leftAt = now();
  process.kill(flood.client.pid, 'SIGKILL');
  await once(flood.client.process, 'exit');
  while (groupMembers(flood.pgid).length > 0 && now() < leftAt + 20_000) await sleep(2);
  const goneMs = now() - leftAt;
  const cpuBefore = service.cpu();
  await sleep(AFTER_MS);
  const cpu = service.cpuSince(cpuBefore).total;
  const lines = service.log.filter(({ at }) => at >= leftAt);
  await service.stop();
  return { goneMs, cpu, logLines: lines.length };
}

/** Up to `count` samples, fewer when they take too long; one that does not end in time counts as that time. */
async function echoes(session, count) {
  const taken = [];
  const deadline = now() + SAMPLES_AT_MOST_MS;
  while (taken.length < count && now() < deadline) {
    const execution = session.run('echo hi');
    try {
      await within(SAMPLES_AT_MOST_MS, execution.ended);
    } catch (error) {
      if (execution.failed) throw error;
      return [...taken, SAMPLES_AT_MOST_MS];
    }
    if (execution.text !== 'hi\n') throw new Error(`echo hi gave ${JSON.stringify(execution.text)}`);
    taken.push(execution.endedAt - execution.sentAt);
    await sleep(SAMPLE_GAP_MS);
  }
  return taken;
}

async function healthMs(address) {
  const from = now();
  const request = get(`http://${address}/healthz`, { agent: false });
  const [response] = await within(SAMPLES_AT_MOST_MS, once(request, 'response'), 'GET /healthz');
  response.resume();
  await once(response, 'end');
  if (response.statusCode !== 200) throw new Error(`/healthz answered ${response.statusCode}`);
  return now() - from;
}
