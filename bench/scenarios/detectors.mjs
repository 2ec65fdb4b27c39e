import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { record } from '../harness/recording.mjs';
import { quantile } from '../harness/stats.mjs';

export const name = 'detectors';
export const title = 'many lines with the detectors of output on and off, by turns';
export const targets = { cost: { of: 'ratio', min: 0.95 } };

const LINES = 4_000_000;

/** Lines of a build's log, of 60 bytes: words, not numbers alone. */
const LOG = [
  '[info] compiling src/gateway/executor.ts (12 of 350) in 8 ms',
  '  warning: unused variable in the test of a task: "done"   ',
];

/** Services with detectors, and as many without: what one process happens to compile and where is not what it costs. */
const PAIRS = 3;

export async function run({ servers, quick, targets }) {
  const [pairs, turns] = quick ? [1, 2] : [PAIRS, 4];
  const file = join(servers.scratch, 'build.log');
  writeFileSync(file, `${LOG.join('\n')}\n`.repeat(LINES / 16));
  const cases = [
    ['seq', `seq 1 ${LINES}`, LINES],
    ['a log', `cat ${file}`, LINES / 8],
  ].flatMap(([what, command, lines]) =>
    ['line', 'lines'].map((mode) => ({ what, command, lines, mode, on: [], off: [] })),
  );
  for (let pair = 0; pair < pairs; pair++) {
    const services = { on: await servers.service(), off: await servers.service({ DETECTORS: 'off' }) };
    for (const service of Object.values(services))
      for (const { command, mode } of cases) await record(service, command, mode);
    for (const each of cases) {
      for (let turn = 0; turn < turns; turn++) {
        // Each goes first as often as the other.
        const order = (turn + pair) % 2 === 0 ? ['on', 'off'] : ['off', 'on'];
        for (const which of order) each[which].push(await measured(services[which], each));
      }
    }
    for (const service of Object.values(services)) await service.stop();
  }
  return cases.flatMap(({ what, mode, lines, on, off }) => {
    // What else runs on the machine makes a run longer, never shorter.
    const best = (runs, part) =>
      quantile(
        runs.map((run) => run[part]),
        0.25,
      );
    return [
      {
        metric: `${what}, mode ${mode}: lines, best quarter of ${turns * pairs} runs`,
        unit: '/s',
        service: (lines * 1000) / best(on, 'wallMs'),
        reference: (lines * 1000) / best(off, 'wallMs'),
        referenceName: 'off',
        target: targets.cost,
      },
      {
        metric: 'the same: CPU of the main thread, a run',
        unit: 'ms',
        service: best(on, 'cpuMs'),
        reference: best(off, 'cpuMs'),
        referenceName: 'off',
      },
    ];
  });
}

/** How long one run takes, and of that the service's main thread. */
async function measured(service, { command, mode }) {
  const before = service.mainThreadSeconds();
  const { wallMs } = await record(service, command, mode);
  return { wallMs, cpuMs: (service.mainThreadSeconds() - before) * 1000 };
}
