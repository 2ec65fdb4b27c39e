import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { record } from '../harness/recording.mjs';

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
const PAIRS = 4;

export async function run({ servers, quick, targets }) {
  const [pairs, turns] = quick ? [1, 2] : [PAIRS, 3];
  const file = join(servers.scratch, 'build.log');
  writeFileSync(file, `${LOG.join('\n')}\n`.repeat(LINES / 16));
  const cases = [
    ['seq', `seq 1 ${LINES}`, LINES],
    ['a log', `cat ${file}`, LINES / 8],
  ].flatMap(([what, command, lines]) =>
    ['line', 'lines'].map((mode) => ({ what, command, lines, mode, on: [], off: [], ms: { on: 0, off: 0 } })),
  );
  for (let pair = 0; pair < pairs; pair++) {
    const services = { on: await servers.service(), off: await servers.service({ DETECTORS: 'off' }) };
    for (const service of Object.values(services))
      for (const { command, mode } of cases) await record(service, command, mode);
    for (const each of cases) {
      const cpu = { on: 0, off: 0 };
      for (let turn = 0; turn < turns; turn++) {
        // Each goes first as often as the other.
        const order = (turn + pair) % 2 === 0 ? ['on', 'off'] : ['off', 'on'];
        for (const which of order) {
          const { seconds, wallMs } = await mainThread(services[which], each);
          cpu[which] += seconds;
          each.ms[which] += wallMs;
        }
      }
      each.on.push(cpu.on);
      each.off.push(cpu.off);
    }
    for (const service of Object.values(services)) await service.stop();
  }
  return cases.flatMap(({ what, mode, lines, on, off, ms }) => {
    const ratios = on.map((cpu, pair) => cpu / off[pair]);
    const rate = (which) => (lines * turns * pairs * 1000) / ms[which];
    return [
      {
        metric: `${what}, mode ${mode}: lines, ${turns * pairs} runs`,
        unit: '/s',
        service: rate('on'),
        reference: rate('off'),
        referenceName: 'off',
        target: targets.cost,
      },
      {
        metric: 'the same: CPU of the main thread',
        unit: 's',
        service: sum(on),
        reference: sum(off),
        referenceName: 'off',
      },
      { metric: `the same: least of ${pairs} pairs of services`, unit: '×', service: Math.min(...ratios) },
      { metric: 'the same: most', unit: '×', service: Math.max(...ratios) },
    ];
  });
}

/** How long one run takes, and of that the service's main thread. */
async function mainThread(service, { command, mode }) {
  const before = service.mainThreadSeconds();
  const { wallMs } = await record(service, command, mode);
  return { wallMs, seconds: service.mainThreadSeconds() - before };
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
