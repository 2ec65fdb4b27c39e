import { sleep } from '../harness/clock.mjs';
import { median, quantile } from '../harness/stats.mjs';

export const name = 'exec';
export const title = 'one short command at a time, service and plain spawn by turns';
export const targets = {
  completed: { of: 'ratio', max: 1.5 },
  firstOutput: { of: 'ratio', max: 1.5 },
};

const GAP_MS = 2;
const WARM_UP = 30;

export async function run({ servers, quick, targets }) {
  const samples = quick ? 60 : 400;
  const service = await servers.service();
  const bare = await servers.bare();
  const plain = servers.plainSpawn();
  const serviceSession = await service.connect();
  const bareSession = await bare.connect();

  const take = async (command, count) => {
    const taken = { service: [], bare: [], spawn: [] };
    for (let i = 0; i < count; i++) {
      taken.service.push(await timed(serviceSession, command));
      await sleep(GAP_MS);
      taken.spawn.push(await plain.run(command));
      await sleep(GAP_MS);
      taken.bare.push(await timed(bareSession, command));
      await sleep(GAP_MS);
    }
    return taken;
  };

  await take('echo hi', WARM_UP);
  const cpuBefore = { service: service.cpu(), bare: bare.cpu() };
  const completed = await take('true', samples);
  const cpu = { service: service.cpuSince(cpuBefore.service), bare: bare.cpuSince(cpuBefore.bare) };
  const firstOutput = await take('echo hi', samples);
  const rss = { service: service.rss(), bare: bare.rss() };

  const cpuPerCommand = (kind, part) => (cpu[kind][part] * 1000) / samples;
  return [
    ...rowsOf('true → completed', completed, 'closeMs', targets.completed),
    ...rowsOf('echo hi → first output', firstOutput, 'firstOutputMs', targets.firstOutput),
    {
      metric: 'true → reply "started": p50',
      unit: 'ms',
      service: median(completed.service.map((each) => each.replyMs)),
      reference: median(completed.bare.map((each) => each.replyMs)),
    },
    {
      metric: 'server CPU a command, main process',
      unit: 'ms',
      service: cpuPerCommand('service', 'main'),
      reference: cpuPerCommand('bare', 'main'),
    },
    { metric: 'server CPU a command, helper', unit: 'ms', service: cpuPerCommand('service', 'helper') },
    {
      metric: 'RSS after it, main process',
      unit: 'MB',
      service: rss.service.main / 1e6,
      reference: rss.bare.main / 1e6,
    },
    { metric: 'RSS after it, helper', unit: 'MB', service: rss.service.helper / 1e6 },
  ];
}

async function timed(session, command) {
  const execution = session.run(command);
  const { sentAt, repliedAt, firstOutputAt, endedAt } = await execution.ended;
  return { replyMs: repliedAt - sentAt, firstOutputMs: firstOutputAt - sentAt, closeMs: endedAt - sentAt };
}

function rowsOf(what, taken, key, target) {
  const at = (kind, q) =>
    quantile(
      taken[kind].map((sample) => sample[key]),
      q,
    );
  return [
    {
      metric: `${what}: p50 of ${taken.service.length}`,
      unit: 'ms',
      service: at('service', 0.5),
      reference: at('spawn', 0.5),
      referenceName: 'spawn',
      target,
    },
    {
      metric: `${what}: p10`,
      unit: 'ms',
      service: at('service', 0.1),
      reference: at('spawn', 0.1),
      referenceName: 'spawn',
    },
    {
      metric: `${what}: p99`,
      unit: 'ms',
      service: at('service', 0.99),
      reference: at('spawn', 0.99),
      referenceName: 'spawn',
    },
    { metric: `${what}: p50`, unit: 'ms', service: at('service', 0.5), reference: at('bare', 0.5) },
  ];
}
