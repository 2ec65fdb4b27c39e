/**
 * A post-execute hook: appends one line of JSON for each ended command to a file.
 *
 *   record-metrics.mjs FILE
 */
import { appendFileSync } from 'node:fs';
import { json } from 'node:stream/consumers';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('The name of a file is missing');
const { execution_id, command, argv, status, reason, exit_code, duration, cpu_seconds, max_rss_bytes, bytes } =
  await json(process.stdin);
const time = new Date().toISOString();
const what = command === undefined ? { argv } : { command };
const line = { time, execution_id, ...what, status, reason, exit_code, duration, cpu_seconds, max_rss_bytes, bytes };
appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
