// Writes lines into many FIFOs, one each interval into each of them: the microseconds of CLOCK_MONOTONIC just before
// the write(2) of that line. The FIFOs' turns are spread over the interval, as far as a timer of 1 ms can.
//
// argv: lines, interval in ms, then the FIFOs. Over IPC: ← 'ready'; → 'go'; ← when the last line was written.
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { now } from './clock.mjs';

const [lines, intervalMs, ...fifos] = process.argv.slice(2);
// Opened for reading too: so open(2) waits for nobody, and a command that has ended early is no SIGPIPE.
const fds = fifos.map((fifo) => openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK));
const total = Number(lines) * fds.length;
const writeGapMs = Number(intervalMs) / fds.length;

process.on('disconnect', () => process.exit(1));
process.once('message', () => {
  const from = now();
  let written = 0;
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor((now() - from) / writeGapMs));
    for (; written < due; written++) writeSync(fds[written % fds.length], `${Math.round(now() * 1000)}\n`);
    if (written < total) return;
    clearInterval(timer);
    const writtenAt = now();
    for (const fd of fds) closeSync(fd);
    process.send(writtenAt, () => process.exit(0));
  }, 1);
});
process.send('ready');
