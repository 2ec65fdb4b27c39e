import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { record } from '../harness/recording.mjs';
import { midmean } from '../harness/stats.mjs';

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
/** Runs of each service; a frame for each line takes so much longer that fewer and shorter ones tell as much. */
const TURNS = { line: 4, lines: 24 };
const SHARE = { line: 1 / 2, lines: 1 };

export async function run({ servers, quick, targets }) {
  const pairs = quick ? 1 : PAIRS;
  const log = (share) => {
    const file = join(servers.scratch, `build-${share}.log`);
    writeFileSync(file, `${LOG.join('\n')}\n`.repeat((LINES / 16) * share));
    return file;
  };
  const cases = ['line', 'lines'].flatMap((mode) => {
    const share = SHARE[mode];
    return [
      { what: 'seq', mode, command: `seq 1 ${LINES * share}`, lines: LINES * share, on: [], off: [] },
      { what: 'a log', mode, command: `cat ${log(share)}`, lines: (LINES / 8) * share, on: [], off: [] },
    ];
  });
  for (let pair = 0; pair < pairs; pair++) {
    // Of two services that are the same the one that was started first is slower by some percent.
    const services = {};
    for (const which of pair % 2 === 0 ? ['on', 'off'] : ['off', 'on'])
      services[which] = await servers.service(which === 'on' ? {} : { DETECTORS: 'off' });
    for (const service of Object.values(services))
      for (const { command, mode } of cases) await record(service, command, mode);
    for (const each of cases) {
      const turns = quick ? 2 : TURNS[each.mode];
      for (let turn = 0; turn < turns; turn++) {
        // Each goes first as often as the other.
        const order = (turn + pair) % 2 === 0 ? ['on', 'off'] : ['off', 'on'];
        for (const which of order) each[which].push(await measured(services[which], each));
      }
    }
    for (const service of Object.values(services)) await service.stop();
  }
  return cases.flatMap(({ what, mode, lines, on, off }) => {
    const typical = (runs, part) => midmean(runs.map((run) => run[part]));
    return [
      {
        metric: `${what}, mode ${mode}: lines, the middle half of ${on.length} runs by turns`,
        unit: '/s',
        service: (lines * 1000) / typical(on, 'wallMs'),
        reference: (lines * 1000) / typical(off, 'wallMs'),
        referenceName: 'off',
        target: targets.cost,
      },
      {
        metric: 'the same: CPU of the main thread, a run',
        unit: 'ms',
        service: typical(on, 'cpuMs'),
        reference: typical(off, 'cpuMs'),
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
