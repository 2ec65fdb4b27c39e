// npm run bench:timeouts -- [words…] [--quick] [--strict] [--build DIR] [--killed]      see ../README.md
import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { median, quantile } from '../harness/stats.mjs';
import { answerTimes } from './answer-times.mjs';
import { STATIC_LIMIT_MS, estimatorsOf } from './estimators.mjs';
import { formatKilled } from './format-killed.mjs';
import { formatFigures } from './format-figures.mjs';
import { Random } from './random.mjs';
import { recordedTraces } from './recorded-traces.mjs';
import { replay } from './replay.mjs';
import { runsOf } from './runs-of.mjs';
import { SYNTHETIC_TRACES } from './synthetic-traces.mjs';

const SEEDS = 20;
const QUICK_SEEDS = 4;
const RECORDED_SCALES = [1, 30];

const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    build: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
    killed: { type: 'boolean', default: false },
  },
});
if (!existsSync(resolve(options.build, 'timeout/estimator.js'))) {
  console.error(`${options.build}/timeout/estimator.js is not there: npm run build`);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
const recordedDir = fileURLToPath(new URL('../traces/recorded', import.meta.url));
const traces = [...SYNTHETIC_TRACES, ...RECORDED_SCALES.flatMap((scale) => recordedTraces(recordedDir, scale))].filter(
  ({ name }) => words.every((word) => name.includes(word)),
);
const built = (file) => import(pathToFileURL(resolve(options.build, 'timeout', file)).href);
const estimators = estimatorsOf({
  ...(await built('estimator.js')),
  ...(await built('run-from.js')),
  ...(await built('task-run.js')),
});

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, load ${loadavg()[0].toFixed(2)}\n`);
const seeds = Array.from({ length: options.quick ? QUICK_SEEDS : SEEDS }, (_, i) => i + 1);
const figures = traces.map((trace) => figuresOf(trace));
console.log(formatFigures(figures));
if (options.killed) console.log(`\n${formatKilled(figures)}`);
const times = await answerTimes(options.build);
console.log(`\n${times.map(({ text }) => text).join('\n')}`);

const targets = [...figures.flatMap(({ targets }) => targets), ...times.flatMap(({ isMet }) => isMet ?? [])];
const missed = targets.filter((isMet) => isMet === false).length;
console.log(`\n${missed} of ${targets.filter((isMet) => isMet !== null).length} targets missed`);
process.exit(options.strict && missed > 0 ? 1 : 0);

/** One trace lived through by each estimator, once for each seed. */
function figuresOf(trace) {
  const series = seeds.map((seed) => runsOf(trace, Random.of(`${trace.name} ${seed}`)));
  const healthy = series.flat().filter(({ hangMs }) => hangMs === null);
  const silences = healthy.map(({ silence }) => silence.toMs - silence.fromMs);
  const medianMs = median(healthy.map(({ durationMs }) => durationMs));
  const byEstimator = Object.entries(estimators).map(([estimator, make]) => {
    const replays = series.map((runs) => replay(runs, make()));
    const noticed = replays.map(({ noticedMs }) => noticedMs / STATIC_LIMIT_MS).filter((share) => !Number.isNaN(share));
    return {
      estimator,
      over: summary(replays.map(({ overShare }) => overShare)),
      killed: summary(replays.map(({ killedShare }) => killedShare)),
      noticed: summary(noticed),
      runs: replays.flatMap(({ killed }, index) => killed.map((each) => ({ seed: seeds[index], ...each }))),
    };
  });
  const ours = byEstimator[0];
  return {
    trace: trace.name,
    medianMs,
    // No limit that kills so few healthy runs notices sooner, where a hung run looks like a silent one.
    possible: quantile(silences, 0.995) / STATIC_LIMIT_MS,
    byEstimator,
    targets: [ours.killed.mean <= 0.005, medianMs < 60_000 ? ours.noticed.mean <= 0.25 : null],
  };
}

function summary(values) {
  return { mean: values.reduce((sum, value) => sum + value, 0) / values.length, worst: Math.max(...values) };
}
