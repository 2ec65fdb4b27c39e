// Runs the service in a process that holds memory of no use, and measures how late its event loop comes.
//
// argv: the service's main.js, bytes of ballast. Over IPC: → "begin"; → "end", ← {"late": T, "blocked": T} of the time between,
// T being {"p50", "p99", "worst", "over2": how many}, in ms: lateness of a timer of 1 ms beyond that millisecond, and the part of
// it in which the process did not wait for a CPU that others had (proc_pid_schedstat: ns in the run queue). Measuring costs
// the service time, too.
import { closeSync, openSync, readSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { quantile } from './stats.mjs';

const [, , service, bytes] = process.argv;
const PART_BYTES = 4 * 2 ** 20;
const TICK_MS = 1;

/** Written once, so that it is resident, and kept. */
globalThis.ballast = Array.from({ length: Math.ceil(Number(bytes) / PART_BYTES) }, () => Buffer.alloc(PART_BYTES, 1));

const line = Buffer.alloc(100);
let end = () => undefined;
process.on('message', (word) => {
  if (word === 'begin') end = begin();
  else process.send(end());
});
process.channel.unref();
await import(pathToFileURL(service).href);

function begin() {
  const fd = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  const late = [];
  const blocked = [];
  let lastMs = performance.now();
  let lastWaitedMs = waitedMs(fd);
  const tick = () => {
    const nowMs = performance.now();
    const waited = waitedMs(fd);
    const lateMs = Math.max(0, nowMs - lastMs - TICK_MS);
    late.push(lateMs);
    blocked.push(Math.max(0, lateMs - (waited - lastWaitedMs)));
    lastMs = nowMs;
    lastWaitedMs = waited;
    timer = setTimeout(tick, TICK_MS);
  };
  let timer = setTimeout(tick, TICK_MS);
  return () => {
    clearTimeout(timer);
    closeSync(fd);
    return { late: summary(late), blocked: summary(blocked) };
  };
}

/** Time in the run queue since the thread began. */
function waitedMs(fd) {
  const length = readSync(fd, line, 0, line.length, 0);
  return Number(line.toString('latin1', 0, length).split(' ')[1]) / 1e6;
}

function summary(times) {
  return {
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    worst: Math.max(...times),
    over2: times.filter((ms) => ms > 2).length,
  };
}
