import { createHash } from 'node:crypto';
import type { CheckList } from '../check-list.js';
import type { DoctorComponent } from '../doctor-component.js';
import { outputOf, textOf, Wire } from '../wire.js';
import { withService } from '../with-service.js';

const LONG_LINE = 10_000;
const LINES = 200_000;
const LIMIT_SECONDS = 0.5;
const FLOOD_MS = 15_000;

/** Output: to the byte, in order, with a client that reads. */
export const streamComponent: DoctorComponent = {
  name: 'stream',
  title: 'both streams, a long line, no newline, bytes, a fast producer, a time limit',
  maxSeconds: 40,
  run: ({ checks, variables }) =>
    withService(variables, async (service) => {
      const wire = await Wire.open(service);
      const both = await wire.run({ command: 'echo out; echo err >&2' });
      checks.equals('both streams', ['out\n', 'err\n'], [textOf(both, 'stdout'), textOf(both, 'stderr')]);
      const long = await wire.run({ command: `printf '%0${String(LONG_LINE)}d\\n' 7` });
      const lengths = outputOf(long.events, 'stdout').map(({ params }) => String(params?.['data']).length);
      checks.equals(`a line of ${String(LONG_LINE)} characters, in one notification`, [LONG_LINE + 1], lengths);
      const open = await wire.run({ command: 'printf "no newline"' });
      checks.equals('output without a newline', 'no newline', textOf(open, 'stdout'));
      await checkBytes(checks, wire);
      await checkFlood(checks, wire);
      await checkLimit(checks, wire);
      await wire.close();
    }),
};

async function checkBytes(checks: CheckList, wire: Wire): Promise<void> {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const escapes = [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const { events, completed } = await wire.run({
    argv: ['printf', escapes],
    output: { mode: 'chunk', encoding: 'base64' },
  });
  const got = Buffer.concat(
    outputOf(events, 'stdout').map(({ params }) => Buffer.from(String(params?.['data']), 'base64')),
  );
  checks.equals('all 256 bytes', bytes.toString('hex'), got.toString('hex'));
  checks.equals('and their digest', sha256(bytes), (completed['sha256'] as { stdout?: string }).stdout);
}

async function checkFlood(checks: CheckList, wire: Wire): Promise<void> {
  const flood = await wire.run({ command: `seq 1 ${String(LINES)}`, output: { mode: 'lines' } }, FLOOD_MS);
  const text = textOf(flood, 'stdout');
  const expected = Array.from({ length: LINES }, (_, index) => `${String(index + 1)}\n`).join('');
  checks.equals(
    `a fast producer: its ${String(LINES)} lines`,
    sha256(Buffer.from(expected)),
    sha256(Buffer.from(text)),
  );
  const seqs = flood.events.map(({ params }) => params?.['seq']);
  const gap = seqs.findIndex((seq, index) => seq !== index + 1);
  checks.equals('and its notifications, numbered without a gap', -1, gap);
}

async function checkLimit(checks: CheckList, wire: Wire): Promise<void> {
  const { events, completed } = await wire.run({ command: 'echo before; sleep 30', timeout: LIMIT_SECONDS });
  const error = events.find(({ method }) => method === 'process.error')?.params;
  checks.equals(
    'a time limit is told',
    { code: -32004, kind: 'execution' },
    error && { code: error['code'], kind: error['kind'] },
  );
  checks.equals('and ends the command', ['failed', 'timeout'], [completed['status'], completed['reason']]);
  checks.within('after its time', [LIMIT_SECONDS, LIMIT_SECONDS + 3], Number(completed['execution_time']), 's');
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
