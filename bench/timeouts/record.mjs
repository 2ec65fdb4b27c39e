// node bench/timeouts/record.mjs [names…] [--runs N] [--out DIR]      see ../README.md
//
// Runs each command of ../traces/commands.txt N times, by turns, one at a time, and writes one file NAME.jsonl for each:
// first {name, command, recordedAt, machine}, then for each run [durationMs, silenceMs, loadMultiplier, exitCode].
// silenceMs is the longest time without output, CPU time or I/O of the command's process group, looked at each 100 ms.
// loadMultiplier is what the service would take at the start of the run: 3 where the machine's use by all others was
// above 14 % during the runs of the second before, else 1.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { now, sleep } from '../harness/clock.mjs';
import { TICKS_PER_SECOND } from '../harness/proc.mjs';
import { groupActivity } from './group-activity.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TRACES = fileURLToPath(new URL('../traces', import.meta.url));

const LOOK_EACH_MS = 100;
const LOAD_OVER_MS = 1000;
const LOAD_THRESHOLD = 0.14;
const LOAD_MULTIPLIER = 3;
const KEEP_EACH_TURNS = 10;

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '200' }, out: { type: 'string', default: join(TRACES, 'recorded') } },
});

const commands = readFileSync(join(TRACES, 'commands.txt'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split('\t'))
  .filter(([name]) => names.length === 0 || names.includes(name));
const work = mkdtempSync(join(tmpdir(), 'record-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

const machine = `${cpus().length} × ${cpus()[0].model}, Linux ${release()}, Node ${process.version}`;
const recordedAt = new Date().toISOString();
const runs = new Map(commands.map(([name]) => [name, []]));
const uses = [machineUse()];
await sleep(LOAD_OVER_MS);

mkdirSync(options.out, { recursive: true });
for (let turn = 1; turn <= Number(options.runs); turn++) {
  for (const [name, command] of commands) {
    const load = currentLoadMultiplier();
    runs.get(name).push([...(await run(command)), load]);
  }
  if (turn % KEEP_EACH_TURNS === 0 || turn === Number(options.runs)) keep();
}

function keep() {
  for (const [name, command] of commands) {
    const head = { name, command, recordedAt, machine };
    const lines = runs
      .get(name)
      .map(([durationMs, silenceMs, exitCode, load]) => [
        Number(durationMs.toFixed(1)),
        Number(silenceMs.toFixed(1)),
        load,
        exitCode,
      ]);
    writeFileSync(
      join(options.out, `${name}.jsonl`),
      [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''),
    );
  }
}

/** → [durationMs, silenceMs, exitCode]; exitCode is null where a signal ended it. */
async function run(command) {
  const startedAt = now();
  let lastActiveAt = startedAt;
  let silenceMs = 0;
  const beActive = () => {
    silenceMs = Math.max(silenceMs, now() - lastActiveAt);
    lastActiveAt = now();
  };
  const child = spawn('bash', ['-c', command], {
    cwd: ROOT,
    env: { ...process.env, WORK: work, TMPDIR: work },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdout.on('data', beActive);
  child.stderr.on('data', beActive);
  let before = '';
  const looks = setInterval(() => {
    const activity = groupActivity(child.pid);
    if (activity !== before) beActive();
    before = activity;
  }, LOOK_EACH_MS);
  const [exitCode] = await once(child, 'close');
  const durationMs = now() - startedAt;
  clearInterval(looks);
  beActive();
  return [durationMs, Math.min(silenceMs, durationMs), exitCode];
}

/** Looks back to the latest moment between two runs that is a second or more ago. */
function currentLoadMultiplier() {
  const present = machineUse();
  const past = uses.findLast(({ at }) => at <= present.at - LOAD_OVER_MS) ?? uses[0];
  uses.push(present);
  while (uses.length > 0 && uses[0].at < past.at) uses.shift();
  const others = present.busyMs - past.busyMs - (present.ownMs - past.ownMs);
  return others / (present.at - past.at) / cpus().length > LOAD_THRESHOLD ? LOAD_MULTIPLIER : 1;
}

/** CPU time of the whole machine, and of this process with its ended children. */
function machineUse() {
  const busy = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ownTicks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { at: now(), busyMs: busy, ownMs: (ownTicks * 1000) / TICKS_PER_SECOND };
}
