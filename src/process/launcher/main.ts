/**
 * The launcher: a small process of the service that alone starts commands. Being small it forks fast whatever the
 * service holds, and when the service ends, in whatever way, its stdin ends and it kills every command left.
 * Orders come on stdin, reports go to stdout, see order.ts. argv: the directory of the FIFOs, the instance id.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readdirSync, readFileSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
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
import { readVariable } from './process-table.js';
import { Tree } from './tree.js';

const [directory = '', instance = ''] = process.argv.slice(2);
const baseEnvironment = { ...process.env };
const trees = new Map<string, Tree>();
/** The mkfifo processes under way. */
const makers = new Set<ChildProcess>();
let fifos = 0;
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
  else if (order.order === 'fifos') makeFifos(order.count);
  else if (order.order === 'terminate') trees.get(order.id)?.terminate(order.graceMs);
  else if (order.order === 'reap') {
    reap(order.instance, () => {
      tell({ report: 'reaped', instance: order.instance });
    });
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
  const opened: number[] = [];
  try {
    const stdio = [
      order.stdin === null ? ('ignore' as const) : open(order.stdin, constants.O_RDONLY),
      open(order.stdout, constants.O_WRONLY),
      open(order.stderr, constants.O_WRONLY),
    ];
    const startedAtMs = performance.now();
    const child = spawn(order.file, order.args, {
      cwd: order.cwd,
      detached: true,
      env: {
        ...baseEnvironment,
        PWD: order.cwd,
        ...order.environment,
        [INSTANCE_VARIABLE]: instance,
        [EXECUTION_VARIABLE]: order.id,
      },
      stdio,
    });
    watch(child, order, startedAtMs);
  } catch (error) {
    tell({ report: 'failed', id: order.id, code: codeOf(error) });
  } finally {
    opened.forEach((fd) => {
      closeSync(fd);
    });
    for (const path of [order.stdin, order.stdout, order.stderr]) if (path !== null) unlinkSync(path);
  }

  /** Opens a FIFO for a child: blocking, as a child expects its pipes to be, yet without waiting for the other end. */
  function open(path: string, access: number): number {
    const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      const fd = openSync(path, access);
      opened.push(fd);
      return fd;
    } finally {
      closeSync(both);
    }
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
      tell({ report: 'exited', id, code, signal, clear, durationMs });
    },
    cleared: (survivors) => {
      if (survivors.length === 0) trees.delete(id);
      tell({ report: 'cleared', id, survivors });
    },
  });
  trees.set(id, tree);
}

function makeFifos(count: number): void {
  const paths = Array.from({ length: count }, () => join(directory, String(++fifos)));
  const maker = spawn('mkfifo', ['-m', '600', ...paths], { stdio: 'ignore' });
  maker.once('error', (error) => {
    fail(`mkfifo cannot be run: ${error.message}`);
  });
  makers.add(maker);
  maker.once('exit', (code) => {
    makers.delete(maker);
    if (ending) return;
    if (code === 0) tell({ report: 'fifos', paths });
    else fail(`mkfifo failed in ${directory}`);
  });
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
  for (const maker of makers) maker.kill('SIGKILL');
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
