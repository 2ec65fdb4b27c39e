/**
 * A post-output hook: appends one line of JSON for each ended command to a file: how much it printed, the digests of that, and
 * the last lines.
 *
 *   record-output.mjs FILE [LINES]
 *     LINES   of each stream, at most 100: 20
 */
import { appendFileSync } from 'node:fs';
import { json } from 'node:stream/consumers';

const [file, lines = '20'] = process.argv.slice(2);
if (file === undefined) throw new Error('The name of a file is missing');
if (!/^[1-9]\d*$/.test(lines)) throw new Error(`Not a number of lines: ${lines}`);
const { execution_id, command, argv, bytes, sha256, last_output } = await json(process.stdin);
const time = new Date().toISOString();
const what = command === undefined ? { argv } : { command };
const last = Object.fromEntries(
  Object.entries(last_output).map(([stream, all]) => [stream, all.slice(-Number(lines))]),
);
appendFileSync(file, `${JSON.stringify({ time, execution_id, ...what, bytes, sha256, last_output: last })}\n`, {
  mode: 0o600,
});
