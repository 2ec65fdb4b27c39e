import { createHash } from 'node:crypto';
import { fixture } from '../service.js';
import { type Content, contentOf } from './ledger.js';
import type { SeededRandom } from './seeded-random.js';

/** A command whose output and end are known before it runs. */
export interface Workload {
  readonly name: string;
  readonly command: string;
  readonly output: { readonly mode: 'line' | 'lines' | 'chunk'; readonly encoding: 'utf8' | 'base64' };
  readonly stdout: Content;
  readonly stderr: Content;
  readonly end: { readonly status: string; readonly exit_code: number };
  /** The client cancels it when it has seen that; null = it ends by itself. */
  readonly cancelAt: string | null;
}

const NOTHING = contentOf('');
// A shell may say on stderr that a child of its own was terminated.
const PATIENT = 'exec 2>/dev/null; trap "echo over; exit 5" TERM; echo ready; while :; do sleep 0.05; done';

/** A random one of those that there are. */
export function workload(random: SeededRandom): Workload {
  return random.pick([lines, bytes, steps, killed, canceled])(random);
}

function lines(random: SeededRandom): Workload {
  const count = random.magnitude(10, 100_000);
  const code = random.integer(0, 255);
  return {
    name: `lines ${String(count)}`,
    command: `${printing(random, count)}; exit ${String(code)}`,
    output: { mode: random.pick(['line', 'lines', 'chunk']), encoding: random.pick(['utf8', 'base64']) },
    stdout: contentOf(numbered(count)),
    stderr: NOTHING,
    end: { status: code === 0 ? 'completed' : 'failed', exit_code: code },
    cancelAt: null,
  };
}

/** Bytes that are no text; of the larger ones more than the service keeps. */
function bytes(random: SeededRandom): Workload {
  const seed = random.integer(1, 1_000_000);
  const count = random.magnitude(10_000, 12_000_000);
  const pauseMs = random.integer(0, 150);
  const stdout = Buffer.alloc(count);
  for (let at = 0; at < count; at += 32)
    createHash('sha256')
      .update(`${String(seed)} ${String(at / 32)}`)
      .digest()
      .copy(stdout, at);
  const args = [seed, count, pauseMs].join(' ');
  return {
    name: `bytes ${String(count)}`,
    command: `${JSON.stringify(process.execPath)} ${fixture('prints-bytes.mjs')} ${args}`,
    output: { mode: random.pick(['line', 'lines', 'chunk']), encoding: 'base64' },
    stdout: contentOf(stdout),
    stderr: NOTHING,
    end: { status: 'completed', exit_code: 0 },
    cancelAt: null,
  };
}

/** Little by little, on both streams, so that most faults meet it in the middle. */
function steps(random: SeededRandom): Workload {
  const count = random.integer(5, 60);
  const text = (word: string): string =>
    Array.from({ length: count }, (_, index) => `${word} ${String(index + 1)}\n`).join('');
  return {
    name: `steps ${String(count)}`,
    command: `for i in $(seq 1 ${String(count)}); do echo out $i; echo err $i >&2; sleep 0.02; done; exit 3`,
    output: { mode: random.pick(['line', 'lines']), encoding: 'utf8' },
    stdout: contentOf(text('out')),
    stderr: contentOf(text('err')),
    end: { status: 'failed', exit_code: 3 },
    cancelAt: null,
  };
}

function killed(random: SeededRandom): Workload {
  const count = random.magnitude(10, 20_000);
  return {
    name: `killed ${String(count)}`,
    command: `${printing(random, count)}; kill -9 $$`,
    output: { mode: 'lines', encoding: 'utf8' },
    stdout: contentOf(numbered(count)),
    stderr: NOTHING,
    end: { status: 'failed', exit_code: -9 },
    cancelAt: null,
  };
}

function canceled(): Workload {
  return {
    name: 'canceled',
    command: PATIENT,
    output: { mode: 'lines', encoding: 'utf8' },
    stdout: contentOf('ready\nover\n'),
    stderr: NOTHING,
    end: { status: 'canceled', exit_code: 5 },
    cancelAt: 'ready',
  };
}

/** Prints that many numbers in a few pieces, with pauses between them. */
function printing(random: SeededRandom, count: number): string {
  const pieces = random.integer(1, 8);
  const pause = `sleep 0.${String(random.integer(10, 25))}`;
  return Array.from({ length: pieces }, (_, index) => {
    const [from, to] = [Math.floor((count * index) / pieces) + 1, Math.floor((count * (index + 1)) / pieces)];
    return `seq ${String(from)} ${String(to)}; ${pause}`;
  }).join('; ');
}

function numbered(count: number): string {
  return Array.from({ length: count }, (_, index) => `${String(index + 1)}\n`).join('');
}
