/**
 * The launcher: a small process of the service that alone starts commands. Being small it forks fast whatever the
 * service holds, and when the service ends, in whatever way, its stdin ends and it kills every command left.
 * Orders come on stdin, reports go to stdout, see order.ts. argv: the directory of the FIFOs, the instance id, the
 * settings as JSON.
 */
import type { ChildProcess } from 'node:child_process';
import { rmSync, writeSync } from 'node:fs';
import { closeInherited } from './close-inherited.js';
import { CommandSpawner } from './command-spawner.js';
import { FifoMaker } from './fifo-maker.js';
import { JsonLines } from './json-lines.js';
import type { LauncherSettings } from './launcher-settings.js';
import { ExecutionCgroups } from './limit/execution-cgroups.js';
import { LimitWatch } from './limit/limit-watch.js';

import {
  EXECUTION_VARIABLE,
  INSTANCE_VARIABLE,
  type Order,
  type Report,
  type SignalOrder,
  type SpawnOrder,
} from './order.js';
import { lastPid, ownRow } from './process-table.js';
import { changesNothing } from './ready/changes-nothing.js';
import { ReadyShells } from './ready/ready-shells.js';
import { reap } from './reap.js';
import { StartConditions } from './start-conditions.js';
import { Tree } from './tree.js';
import { UsageSampler } from './usage-sampler.js';
import { WaitedCpu } from './waited-cpu.js';

const [directory = '', instance = '', given = ''] = process.argv.slice(2);
const settings = JSON.parse(given) as LauncherSettings;
const baseEnvironment = { ...process.env, PWD: settings.ready.cwd, [INSTANCE_VARIABLE]: instance };
const trees = new Map<string, Tree>();
const sampler = new UsageSampler((rows) => {
  tell({ report: 'usage', rows });
});
const limits = new LimitWatch(sampler);
const conditions = new StartConditions();
const cgroups = new ExecutionCgroups(settings.cgroup);
const readOwn = ownRow();
const waitedCpu = new WaitedCpu(() => readOwn().waitedCpuTicks);
const fifos = new FifoMaker(directory, {
  made: (paths) => {
    tell({ report: 'fifos', paths });
  },
  failed: fail,
  ended: passOver,
});
const readyFifos = new FifoMaker(
  directory,
  {
    made: (paths) => {
      ready.fill(pairsOf(paths));
    },
    failed: fail,
    ended: passOver,
  },
  'ready-',
);
const ready = new ReadyShells(settings, baseEnvironment, conditions, {
  needed: (pairs) => {
    readyFifos.make(pairs * 2);
  },
  ready: (stdout, stderr) => {
    tell({ report: 'ready', stdout, stderr });
  },
  ended: () => {
    passOver(SHELL_START_MS);
  },
});
const spawner = new CommandSpawner(settings, baseEnvironment, conditions, cgroups, ready);
let ending = false;

/** What a shell uses, however long it waits. */
const SHELL_START_MS = 1;

/** A process that runs at the moment of its SIGSTOP stops when it is next scheduled: it is waited for, so long at most. */
const STOP_LOOK_MS = 2;
const STOP_LOOKS = 100;

process.title = 'cc-executor-launcher';
closeInherited();
// Signals of a terminal or a group reach the service, which decides; the launcher ends when the service is gone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const orders = new JsonLines<Order>((order) => {
  if (order.order === 'spawn') start(order);
  else if (order.order === 'fifos') fifos.make(order.count);
  else if (order.order === 'terminate') trees.get(order.id)?.terminate(order.graceMs);
  else if (order.order === 'reap') {
    reap(order.instance, () => {
      tell({ report: 'reaped', instance: order.instance });
    });
  } else if (order.order === 'sample') {
    sampler.sample();
    tell({ report: 'sampled', number: order.number });
  } else {
    signal(order);
  }
});
process.stdin.setEncoding('utf8');
process.stdin.on('data', (text: string) => {
  orders.push(text);
});
// Either end of the way to the service is enough to know that it is gone.
for (const stream of [process.stdin, process.stdout]) {
  stream.on('close', end);
  stream.on('error', end);
}

if (settings.ready.count > 0) {
  void changesNothing(baseEnvironment, settings.ready.cwd).then((passed) => {
    passOver(SHELL_START_MS);
    if (passed) ready.fill();
  });
}

function start(order: SpawnOrder): void {
  const environment = {
    PWD: order.cwd,
    ...order.environment,
    [INSTANCE_VARIABLE]: instance,
    [EXECUTION_VARIABLE]: order.id,
  };
  const startedAtMs = performance.now();
  const pidsBefore = lastPid();
  try {
    spawner.spawn(order, environment, (child) => {
      watch(child, order, startedAtMs, pidsBefore);
    });
  } catch (error) {
    passOver(0);
    cgroups.remove(order.id);
    tell({ report: 'failed', id: order.id, code: codeOf(error) });
  }
}

function signal({ id, number, signal, tree }: SignalOrder): void {
  const target = trees.get(id);
  const delivered = target?.signal(signal, tree) ?? false;
  const answer = (looks: number): void => {
    if (delivered && signal === 'SIGSTOP' && looks > 0 && target?.isStopped() === false)
      setTimeout(answer, STOP_LOOK_MS, looks - 1);
    else tell({ report: 'signaled', number, delivered });
  };
  answer(STOP_LOOKS);
}

function watch(child: ChildProcess, order: SpawnOrder, startedAtMs: number, pidsBefore: number | null): void {
  const { id } = order;
  if (child.pid === undefined) {
    passOver(performance.now() - startedAtMs);
    cgroups.remove(id);
    child.once('error', (error) => {
      tell({ report: 'failed', id, code: codeOf(error) });
    });
    return;
  }
  tell({ report: 'started', id, pid: child.pid });
  const leader = Object.assign(child, { pid: child.pid });
  // A ready shell is older than its command, whose descendants are not.
  const start = { id, startedAtMs, pidsBefore: Math.max(child.pid, pidsBefore ?? 0) };
  const tree = new Tree(leader, start, order.keep, {
    exited: (code, signal, clear, durationMs) => {
      const excess = cgroups.excess(id);
      if (excess !== null) tell({ report: 'exceeded', id, excess });
      if (clear) forget(id);
      const account = (cpuTicks: number): void => {
        const usage = sampler.final(id, cpuTicks, clear, startedAtMs + durationMs);
        tell({ report: 'exited', id, code, signal, clear, durationMs, ...usage });
      };
      waitedCpu.add({ ...sampler.leaderEnded(id), account });
    },
    cleared: (survivors) => {
      // Limits hold for what was left on purpose, too.
      if (survivors.length === 0 || order.limits === null) sampler.remove(id);
      if (survivors.length === 0) forget(id);
      tell({ report: 'cleared', id, survivors });
    },
  });
  trees.set(id, tree);
  sampler.add(tree.leader);
  if (order.limits === null) return;
  limits.add(tree.leader, order.limits, (excess) => {
    tell({ report: 'exceeded', id, excess });
    tree.destroy();
    tree.terminate(0);
  });
}

function forget(id: string): void {
  trees.delete(id);
  limits.remove(id);
  cgroups.remove(id);
}

/** A child that is no command has been waited for: what it used is no command's. */
function passOver(unseenMs: number): void {
  waitedCpu.add({ seen: 0, unseenMs, account: () => undefined });
}

function tell(report: Report): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
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
  for (const tree of trees.values()) tree.destroy();
  reap(instance, () => {
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
    process.exit(0);
  });
}

function pairsOf(paths: readonly string[]): (readonly [string, string])[] {
  return paths.flatMap((path, index) => (index % 2 === 0 ? [[path, paths[index + 1] ?? ''] as const] : []));
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
}
