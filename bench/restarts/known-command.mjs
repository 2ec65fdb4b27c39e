import { createHash } from 'node:crypto';

const OUTPUTS = [
  { mode: 'line' },
  { mode: 'lines' },
  { mode: 'chunk' },
  { mode: 'chunk', encoding: 'base64' },
  { mode: 'lines', encoding: 'base64' },
];
const MOST_LINES = 3000;

/** A command whose output and exit are known; all that is random of it comes from `random`. */
export function knownCommand(number, random) {
  const rounds = Math.floor(random.between(3, 15));
  const lines = 1 + Math.floor(random.uniform() * random.uniform() * MOST_LINES);
  const pause = random.between(0, 0.6).toFixed(2);
  const exitCode = Math.floor(random.between(0, 4));
  const hasErrors = random.chance(0.4);
  const output = OUTPUTS[Math.floor(random.between(0, OUTPUTS.length))];
  const round = `seq ${lines}; ${hasErrors ? 'echo $i >&2; ' : ''}sleep ${pause}`;
  const command = `for i in $(seq ${rounds}); do ${round}; done; exit ${exitCode}`;
  const text = `${Array.from({ length: lines }, (_, i) => i + 1).join('\n')}\n`;
  const errors = Array.from({ length: rounds }, (_, i) => `${i + 1}\n`).join('');
  return {
    params: { command, output, timeout: 0, labels: { number: String(number) } },
    encoding: output.encoding ?? 'utf8',
    exitCode,
    expected: { stdout: digest(text.repeat(rounds)), stderr: digest(hasErrors ? errors : '') },
  };
}

function digest(text) {
  return createHash('sha256').update(text).digest('hex');
}
