import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { record } from '../harness/recording.mjs';

export const name = 'detectors';
export const title = 'many lines with the detectors of output on and off, by turns';
export const targets = { cost: { of: 'ratio', max: 1.05 } };

const LINES = 1_000_000;

/** Lines of a build's log, of 60 bytes: words, not numbers alone. */
const LOG = [
  '[info] compiling src/gateway/executor.ts (12 of 350) in 8 ms',
  '  warning: unused variable in the test of a task: "done"   ',
];

export async function run({ servers, quick, targets }) {
  const turns = quick ? 2 : 8;
  const file = join(servers.scratch, 'build.log');
  writeFileSync(file, `${LOG.join('\n')}\n`.repeat(LINES / 8));
  const on = await servers.service();
  const off = await servers.service({ DETECTORS: 'off' });
  for (const server of [on, off]) for (const mode of ['line', 'lines']) await record(server, 'seq 1 200000', mode);

  const rows = [];
  for (const [what, command] of [
    ['seq', `seq 1 ${LINES}`],
    ['a log', `cat ${file}`],
  ]) {
    for (const mode of ['line', 'lines']) {
      const cpu = { on: 0, off: 0 };
      for (let turn = 0; turn < turns; turn++) {
        // Each goes first as often as the other.
        const order = turn % 2 === 0 ? ['on', 'off'] : ['off', 'on'];
        for (const which of order) cpu[which] += (await record({ on, off }[which], command, mode)).cpu.total;
      }
      rows.push({
        metric: `${what}, mode ${mode}: server CPU of ${turns} runs`,
        unit: 's',
        service: cpu.on,
        reference: cpu.off,
        referenceName: 'off',
        target: targets.cost,
      });
    }
  }
  return rows;
}
