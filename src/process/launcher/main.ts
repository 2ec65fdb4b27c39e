/**
 * The launcher: a small process of the service that alone starts commands. Being small it forks fast whatever the
 * service holds. When the service ends, in whatever way, it kills every command left; a detached one waits for the next
 * service instead. argv: the directory of the FIFOs, the instance id, the settings as JSON. See order.ts for what it is
 * told and tells.
 */
import { rmSync, writeSync } from 'node:fs';
import { AttachedChannel } from './attached-channel.js';
import { closeInherited } from './close-inherited.js';
import { CommandSpawner } from './command-spawner.js';
import { Commands } from './commands.js';
import { makeFifoDirectory, removeFifoDirectory } from './fifo-directory.js';
import { FifoMaker } from './fifo-maker.js';
import type { LauncherSettings } from './launcher-settings.js';
import { ExecutionCgroups } from './limit/execution-cgroups.js';
import { LimitWatch } from './limit/limit-watch.js';
import { INSTANCE_VARIABLE, type KeptCommand, type Order, type Report } from './order.js';
import { loadLibc } from './native/libc.js';
import { NativeSpawner } from './native/native-spawner.js';
import { ownRow } from './process-table.js';
import { ProgramStarter } from './program-starter.js';
import { changesNothing } from './ready/changes-nothing.js';
import { ReadyShells } from './ready/ready-shells.js';
import { reap } from './reap.js';
import type { ServiceChannel } from './service-channel.js';
import { StartConditions } from './start-conditions.js';
import { UsageSampler } from './usage-sampler.js';
import { WaitedCpu } from './waited-cpu.js';

const [directory = '', instance = '', given = ''] = process.argv.slice(2);
const settings = JSON.parse(given) as LauncherSettings;
const baseEnvironment = { ...process.env, PWD: settings.ready.cwd, [INSTANCE_VARIABLE]: instance };
const sampler = new UsageSampler((rows) => {
  tell({ report: 'usage', rows });
});
const limits = new LimitWatch(sampler);
const cgroups = new ExecutionCgroups(settings.cgroup);
const readOwn = ownRow();
const waitedCpu = new WaitedCpu(() => readOwn().waitedCpuTicks);
const fifoDirectory = makeFifoDirectory(instance, directory);
const fifos = new FifoMaker(fifoDirectory, {
  made: (paths) => {
    tell({ report: 'fifos', paths });
  },
  failed: fail,
  ended: (livedMs) => {
    waitedCpu.passOver(livedMs);
  },
});
const readyFifos = new FifoMaker(
  fifoDirectory,
  {
    made: (paths) => {
      ready.fill(paths);
    },
    failed: fail,
    ended: (livedMs) => {
      waitedCpu.passOver(livedMs);
    },
  },
  'ready-',
);
let notice: string | null = null;
const libc = settings.spawnMethod === 'posix_spawn' ? await loadLibc().catch(forkInstead) : null;
const starter = new ProgramStarter(new StartConditions(), libc && new NativeSpawner(libc));
const ready = new ReadyShells(settings, baseEnvironment, starter, {
  needed: (count) => {
    readyFifos.make(count);
  },
  ready: (stdout, stderr) => {
    tell({ report: 'ready', stdout, stderr });
  },
  ended: () => {
    waitedCpu.passOver(SHELL_START_MS);
  },
});
const spawner = new CommandSpawner(settings, baseEnvironment, starter, cgroups, ready);
const means = { instance, spawner, sampler, limits, cgroups, waitedCpu };
let ending = false;
/** No command will be started any more. */
let isRetired = false;
/** Where it ends its commands and itself, unless a service comes. */
let lonely: NodeJS.Timeout | null = null;

/** Time in which the service that has started this process is there. */
const FIRST_SERVICE_MS = 30_000;

/** What a shell uses, however long it waits. */
const SHELL_START_MS = 1;

process.title = 'cc-executor-launcher';
closeInherited();
// Signals of a terminal or a group reach the service, which decides; the launcher ends when the service is gone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const { detached } = settings;
const commands = new Commands(
  { ...means, spool: detached === null ? null : (await import('./spool/open-spool.js')).openSpool },
  tell,
  () => {
    if (isRetired || lonely !== null) end();
  },
);
const channel: ServiceChannel = await openChannel();
if (detached === null) tellNotice();
if (detached !== null) lonely = setTimeout(end, FIRST_SERVICE_MS);

if (settings.ready.count > 0 && !starter.isNativeFor(settings.user)) {
  void changesNothing(baseEnvironment, settings.ready.cwd).then((passed) => {
    waitedCpu.passOver(SHELL_START_MS);
    if (passed) ready.fill();
  });
}

function forkInstead(error: unknown): null {
  notice = `Commands start by fork, which takes longer: the C library cannot be called: ${String(error)}`;
  return null;
}

function tellNotice(): void {
  if (notice !== null) tell({ report: 'notice', text: notice });
}

async function openChannel(): Promise<ServiceChannel> {
  if (detached === null) return new AttachedChannel({ ordered, left: end });
  const { DetachedChannel } = await import('./detached-channel.js');
  return new DetachedChannel(directory, { ordered, left, joined }, () => {
    // Whoever has started it can connect.
    writeSync(1, 'listening\n');
  });
}

function ordered(order: Order): void {
  if (order.order === 'spawn') commands.start(order);
  else if (order.order === 'fifos') fifos.make(order.count);
  else if (order.order === 'terminate') commands.terminate(order.id, order.graceMs);
  else if (order.order === 'signal') commands.signal(order);
  else if (order.order === 'reap') {
    reap(order.instance, () => {
      removeFifoDirectory(order.instance);
      tell({ report: 'reaped', instance: order.instance });
    });
  } else if (order.order === 'sample') {
    sampler.sample();
    tell({ report: 'sampled', number: order.number });
  } else if (order.order === 'retire') retire();
  else if (order.order === 'forget') commands.forget(order.id);
  else if (order.order === 'consumed') commands.spooled(order.id)?.consumed(order.bytes);
  else if (order.order === 'input') commands.spooled(order.id)?.input(order.data, order.eof);
  else if (order.order === 'output') commands.spooled(order.id)?.output(order.act);
  else commands.spooled(order.id)?.closeInput();
}

function retire(): void {
  isRetired = true;
  ready.stop();
  if (commands.isEmpty) end();
}

/** A service is there: it finds what others have left. */
function joined(): readonly KeptCommand[] {
  if (lonely !== null) clearTimeout(lonely);
  lonely = null;
  // It is welcomed first.
  setImmediate(tellNotice);
  return commands.kept;
}

/** The service is gone: what it alone could read ends, the rest waits for the next one, for a while. */
function left(): void {
  if (detached === null) return;
  const { ttlMs, graceMs } = detached;
  commands.terminateUnspooled();
  ready.stop();
  lonely = setTimeout(() => {
    commands.terminateAll(graceMs);
    lonely = setTimeout(end, graceMs);
  }, ttlMs);
  if (commands.isEmpty) end();
}

function tell(report: Report): void {
  channel.tell(report);
}

/** The launcher cannot do its work: the service sees it end, and why on stderr. */
function fail(why: string): void {
  writeSync(2, `${why}\n`);
  end();
}

/** Nothing of this launcher outlives it: its commands, whatever carries its mark, its directory. */
function end(): void {
  if (ending) return;
  ending = true;
  fifos.stop();
  readyFifos.stop();
  ready.stop();
  commands.destroy();
  channel.close();
  reap(instance, () => {
    removeFifoDirectory(instance);
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
    process.exit(0);
  });
}
