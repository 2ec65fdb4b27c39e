import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { checkBareRecording, checkRecording, record } from '../harness/recording.mjs';
import { median } from '../harness/stats.mjs';

export const name = 'bulk';
export const title = 'cat of a base64 text (76 columns) in tmpfs, mode chunk, digest checked; median of the runs';
export const targets = { throughput: { of: 'ratio', min: 0.6 } };

export async function run({ servers, quick, targets }) {
  const bytes = quick ? 50_000_000 : 200_000_000;
  const runs = quick ? 1 : 3;
  const file = join(servers.scratch, 'bulk.txt');
  const expected = { sha256: writeText(file, bytes), bytes };
  const service = await servers.service();
  const bare = await servers.bare();
  const command = `exec cat ${file}`;
  const warmUp = `exec head -c 4000000 ${file}`;
  await record(service, warmUp, 'chunk');
  await record(bare, warmUp);

  const results = { service: [], bare: [] };
  let frames;
  for (let i = 0; i < runs; i++) {
    const { chunks, ...cost } = await record(service, command, 'chunk');
    frames = checkRecording(chunks, { ...expected, mode: 'chunk' });
    results.service.push({ ...cost, rss: service.rss().main });
    const { chunks: bareChunks, ...bareCost } = await record(bare, command);
    checkBareRecording(bareChunks, expected);
    results.bare.push({ ...bareCost, rss: bare.rss().main });
  }

  const pair = (of) => ({ service: median(results.service.map(of)), reference: median(results.bare.map(of)) });
  const megabytes = bytes / 1e6;
  return [
    {
      metric: `throughput, ${megabytes} MB in ${frames} frames`,
      unit: 'MB/s',
      ...pair(({ wallMs }) => megabytes / (wallMs / 1000)),
      target: targets.throughput,
    },
    { metric: 'server CPU', unit: 's', ...pair(({ cpu }) => cpu.total) },
    { metric: 'RSS after it', unit: 'MB', ...pair(({ rss }) => rss / 1e6) },
  ];
}

/** Writes `bytes` bytes of base64 lines, one random megabyte over and over; → their SHA-256. */
function writeText(file, bytes) {
  const block = Buffer.from(randomBytes(750_000).toString('base64').replace(/.{76}/g, '$&\n'));
  const hash = createHash('sha256');
  const fd = openSync(file, 'w', 0o600);
  for (let left = bytes; left > 0; left -= block.length) {
    const part = block.subarray(0, Math.min(left, block.length));
    hash.update(part);
    writeSync(fd, part);
  }
  closeSync(fd);
  return hash.digest('hex');
}
