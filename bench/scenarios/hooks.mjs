import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../harness/clock.mjs';
import { median } from '../harness/stats.mjs';

export const name = 'hooks';
export const title =
  'the start of a short command with hooks that do not fit it, and with one whose answer is kept, by turns';
export const targets = { added: { of: 'service', max: 2 } };

const GAP_MS = 2;
const WARM_UP = 30;

export async function run({ servers, quick, targets }) {
  const samples = quick ? 60 : 400;
  const file = join(servers.scratch, 'hooks.json');
  const fast = ['sh', '-c', `echo '{"env":{"A":"b"}}'`];
  const hooks = [
    { name: 'kept', type: 'pre-execute', program: fast, commands: ['true kept'], cache: 3600 },
    { name: 'runs', type: 'pre-execute', program: fast, commands: ['true runs'] },
    { name: 'after', type: 'post-execute', program: ['true'], commands: ['false*'] },
  ];
  writeFileSync(file, JSON.stringify({ hooks }));
  const without = await (await servers.service()).connect();
  const hooked = await (await servers.service({ HOOKS_FILE: file })).connect();

  const taken = { none: [], absent: [], kept: [], runs: [] };
  for (let i = -WARM_UP; i < samples; i++) {
    const sample = {
      none: await replyMs(without, 'true none'),
      absent: await replyMs(hooked, 'true none'),
      kept: await replyMs(hooked, 'true kept'),
      runs: await replyMs(hooked, 'true runs'),
    };
    if (i >= 0) for (const key of Object.keys(taken)) taken[key].push(sample[key]);
  }
  const added = (key) => median(taken[key]) - median(taken.none);
  return [
    { metric: 'true → reply "started" without hooks: p50', unit: 'ms', service: median(taken.none) },
    { metric: 'added where no hook fits: p50', unit: 'ms', service: added('absent'), target: targets.added },
    { metric: 'added where the answer is kept: p50', unit: 'ms', service: added('kept'), target: targets.added },
    { metric: 'added where a line of shell runs: p50', unit: 'ms', service: added('runs') },
  ];
}

async function replyMs(session, command) {
  const { sentAt, repliedAt } = await session.run(command).ended;
  await sleep(GAP_MS);
  return repliedAt - sentAt;
}
