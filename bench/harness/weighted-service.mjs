// Runs the service in a process that holds memory of no use, and measures how late its event loop comes.
//
// argv: the service's main.js, bytes of ballast. Over IPC: → "begin"; → "end", ← {"lateMs": [p50, p99, max], "over2Ms": N} of
// the time between: lateness of a timer of 1 ms beyond that millisecond. Measuring costs the service time, too.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';

const [, , service, bytes] = process.argv;
const PART_BYTES = 4 * 2 ** 20;
const RESOLUTION_MS = 1;

/** Written once, so that it is resident, and kept. */
globalThis.ballast = Array.from({ length: Math.ceil(Number(bytes) / PART_BYTES) }, () => Buffer.alloc(PART_BYTES, 1));

const lateness = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
process.on('message', (word) => {
  if (word === 'begin') {
    lateness.reset();
    lateness.enable();
    return;
  }
  lateness.disable();
  const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  process.send({
    lateMs: [late(lateness.percentile(50)), late(lateness.percentile(99)), late(lateness.max)],
    over2Ms: shareOver(2 + RESOLUTION_MS) * lateness.count,
  });
});
process.channel.unref();
await import(pathToFileURL(service).href);

/** The share of turns that took longer, as exactly as the histogram tells it. */
function shareOver(ms) {
  let under = 0;
  for (const [percent, nanoseconds] of lateness.percentiles) if (nanoseconds / 1e6 <= ms) under = percent;
  return 1 - under / 100;
}
