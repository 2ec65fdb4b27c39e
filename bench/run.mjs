// npm run bench -- [names…] [--quick] [--strict] [--service FILE] [--prof DIR]      see README.md
import { existsSync, mkdirSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { now, within } from './harness/clock.mjs';
import { formatProfiles } from './harness/profile.mjs';
import { Servers } from './harness/servers.mjs';
import { formatTable, meetsTarget } from './harness/table.mjs';

const SCENARIOS = [
  'lines',
  'detectors',
  'bulk',
  'exec',
  'starts',
  'hooks',
  'idle',
  'fanout',
  'stall',
  'neighbour',
  'replay',
  'cluster',
  'operate',
  'compare',
];

const SCENARIO_WITHIN_MS = 180_000;

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    service: { type: 'string', default: fileURLToPath(new URL('../dist/main.js', import.meta.url)) },
    prof: { type: 'string' },
  },
});

const unknown = names.filter((name) => !SCENARIOS.includes(name));
if (unknown.length > 0) quit(`No scenario ${unknown.join(', ')}. There are: ${SCENARIOS.join(', ')}`);
if (process.platform !== 'linux') quit('The benchmark reads /proc: Linux only');
if (!existsSync(options.service)) quit(`${options.service} is not there: npm run build`);
if (options.prof !== undefined) mkdirSync(options.prof, { recursive: true });

const servers = new Servers({
  serviceFile: resolve(options.service),
  profileDir: options.prof === undefined ? undefined : resolve(options.prof),
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => servers.stopAll().then(() => process.exit(130)));
}
process.on('uncaughtException', (error) => {
  console.error(error);
  void servers.stopAll().then(() => process.exit(1));
});

const cores = cpus();
const load = loadavg()[0].toFixed(2);
const memory = (totalmem() / 2 ** 30).toFixed(0);
console.log(
  `Node ${process.version}, Linux ${release()}, ${cores.length} × ${cores[0].model}, ${memory} GiB, load ${load}`,
);

const rows = [];
let broken = false;
for (const name of names.length > 0 ? SCENARIOS.filter((each) => names.includes(each)) : SCENARIOS) {
  const scenario = await import(`./scenarios/${name}.mjs`);
  process.stdout.write(`${name}: ${scenario.title} … `);
  const from = now();
  const context = { servers, quick: options.quick, targets: scenario.targets };
  try {
    const measured = await within(SCENARIO_WITHIN_MS, scenario.run(context), name);
    rows.push(...measured.map((row) => ({ scenario: name, ...row })));
    console.log(`${((now() - from) / 1000).toFixed(0)} s`);
  } catch (error) {
    broken = true;
    rows.push({ scenario: name, metric: `broken: ${error.message.slice(0, 200)}`, unit: '', service: NaN });
    console.error(error);
  }
  await Promise.all([...servers.running].map((server) => server.stop()));
}
const left = await servers.stopAll();
if (left.length > 0) console.log(`Left behind by a server and ended now: ${left.length} processes`);

console.log(`\n${formatTable(rows)}\n`);
const missed = rows.filter((row) => meetsTarget(row) === false).length;
console.log(
  `${missed} of ${rows.filter((row) => row.target !== undefined).length} targets missed${options.quick ? ' (--quick: fewer samples than the targets ask for)' : ''}`,
);
if (options.prof !== undefined) console.log(`\n${formatProfiles(options.prof)}`);
process.exit(broken || (options.strict && missed > 0) ? 1 : 0);

function quit(message) {
  console.error(message);
  process.exit(2);
}
