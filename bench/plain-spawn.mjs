// The other reference: child_process.spawn in a small process of its own, timed where it happens.
//
// argv: bytes of memory it is to hold, none if absent, as a service would that spawned by itself.
// Over the IPC channel: → a command; ← {"firstOutputMs": N|null, "closeMs": N}, both counted from before spawn().
import { spawn } from 'node:child_process';
import { now } from './harness/clock.mjs';

const PART_BYTES = 4 * 2 ** 20;

/** Written once, so that it is resident, and kept. */
globalThis.ballast = Array.from({ length: Math.ceil(Number(process.argv[2] ?? 0) / PART_BYTES) }, () =>
  Buffer.alloc(PART_BYTES, 1),
);

process.on('message', (command) => {
  const from = now();
  let firstOutputMs = null;
  const child = spawn('bash', ['-c', command], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', () => {
      firstOutputMs ??= now() - from;
    });
  }
  child.on('close', () => process.send({ firstOutputMs, closeMs: now() - from }));
});
process.on('disconnect', () => process.exit(0));
