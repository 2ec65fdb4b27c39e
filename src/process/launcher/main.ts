/**
 * The launcher: a small process of the service that alone starts commands. Being small it forks fast whatever the
 * service holds, and when the service ends, in whatever way, its stdin ends and it kills every command left.
 * Orders come on stdin, reports go to stdout, see order.ts. argv: the directory of the FIFOs, the instance id.
 */
import type { ChildProcess } from 'node:child_process';
import { closeSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { FifoMaker } from './fifo-maker.js';
import { killAll } from './kill-all.js';
import { JsonLines } from './json-lines.js';
import {
  EXECUTION_VARIABLE,
  INSTANCE_VARIABLE,
  type Order,
  type Report,
  type SignalOrder,
  type SpawnOrder,
} from './order.js';
import { ownRow, readVariable } from './process-table.js';
import { spawnCommand } from './spawn-command.js';
import { Tree } from './tree.js';
import { UsageSampler } from './usage-sampler.js';
import { WaitedCpu } from './waited-cpu.js';

const [directory = '', instance = ''] = process.argv.slice(2);
const baseEnvironment = { ...process.env };
const trees = new Map<string, Tree>();
const sampler = new UsageSampler((rows) => {
  tell({ report: 'usage', rows });
});
const readOwn = ownRow();
const waitedCpu = new WaitedCpu(() => readOwn().waitedCpuTicks);
const fifos = new FifoMaker(directory, {
  made: (paths) => {
    tell({ report: 'fifos', paths });
  },
  failed: fail,
  ended: passOver,
});
let ending = false;

const O_CLOEXEC = 0o2000000;

/** A process that runs at the moment of its SIGSTOP stops when it is next scheduled: it is waited for, so long at most. */
const STOP_LOOK_MS = 2;
const STOP_LOOKS = 100;

/** Time in which a process that was in the middle of an execve shows its mark again. */
const REAP_ROUND_MS = 20;

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

/**
 * Closes the descriptors that whoever started the service left open to its children: a command gets 0, 1 and 2 only. Our
 * own carry O_CLOEXEC, which fdinfo shows among the flags in octal (proc(5)).
 */
function closeInherited(): void {
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'latin1'))?.[1];
      if (Number(name) > 2 && flags !== undefined && (parseInt(flags, 8) & O_CLOEXEC) === 0) closeSync(Number(name));
    } catch {
      // The descriptor of the listing itself is closed by now.
    }
  }
}

function start(order: SpawnOrder): void {
  const environment = {
    ...baseEnvironment,
    PWD: order.cwd,
    ...order.environment,
    [INSTANCE_VARIABLE]: instance,
    [EXECUTION_VARIABLE]: order.id,
  };
  const startedAtMs = performance.now();
  try {
    spawnCommand(order, environment, (child) => {
      watch(child, order, startedAtMs);
    });
  } catch (error) {
    passOver(0);
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

function watch(child: ChildProcess, order: SpawnOrder, startedAtMs: number): void {
  const { id } = order;
  if (child.pid === undefined) {
    passOver(performance.now() - startedAtMs);
    child.once('error', (error) => {
      tell({ report: 'failed', id, code: codeOf(error) });
    });
    return;
  }
  tell({ report: 'started', id, pid: child.pid });
  const leader = Object.assign(child, { pid: child.pid });
  const tree = new Tree(leader, id, startedAtMs, order.keep, {
    exited: (code, signal, clear, durationMs) => {
      if (clear) trees.delete(id);
      const account = (cpuTicks: number): void => {
        const usage = sampler.final(id, cpuTicks, clear, startedAtMs + durationMs);
        tell({ report: 'exited', id, code, signal, clear, durationMs, ...usage });
      };
      waitedCpu.add({ ...sampler.leaderEnded(id), account });
    },
    cleared: (survivors) => {
      sampler.remove(id);
      if (survivors.length === 0) trees.delete(id);
      tell({ report: 'cleared', id, survivors });
    },
  });
  trees.set(id, tree);
  sampler.add(tree.leader);
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
  for (const tree of trees.values()) tree.destroy();
  reap(instance, () => {
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
    process.exit(0);
  });
}

/** Kills everything that carries the mark of an instance, round after round until nothing is found twice. */
function reap(mark: string, done: () => void, quietRounds = 0): void {
  const killed = killAll((pid) => readVariable(pid, INSTANCE_VARIABLE) === mark);
  if (killed === 0 && quietRounds > 0) done();
  else setTimeout(reap, REAP_ROUND_MS, mark, done, killed === 0 ? quietRounds + 1 : 0);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
}
