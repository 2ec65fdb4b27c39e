import { fixture } from '../service.js';
import { type Content, contentOf } from './ledger.js';
import { SeededRandom } from './seeded-random.js';

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
    command: `seq 1 ${String(count)}; exit ${String(code)}`,
    output: { mode: random.pick(['line', 'lines', 'chunk']), encoding: random.pick(['utf8', 'base64']) },
    stdout: contentOf(numbered(count)),
    stderr: NOTHING,
    end: { status: code === 0 ? 'completed' : 'failed', exit_code: code },
    cancelAt: null,
  };
}

/** Bytes that are no text, a good part of them at once. */
function bytes(random: SeededRandom): Workload {
  const seed = random.integer(1, 2 ** 31);
  const count = random.magnitude(1000, 3_000_000);
  const stdout = Buffer.alloc(count);
  const generator = new SeededRandom(seed);
  for (let at = 0; at < count; at++) stdout[at] = Math.floor(generator.uniform() * 256);
  return {
    name: `bytes ${String(count)}`,
    command: `${JSON.stringify(process.execPath)} ${fixture('prints-bytes.mjs')} ${String(seed)} ${String(count)}`,
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
    command: `seq 1 ${String(count)}; kill -9 $$`,
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

function numbered(count: number): string {
  return Array.from({ length: count }, (_, index) => `${String(index + 1)}\n`).join('');
}
