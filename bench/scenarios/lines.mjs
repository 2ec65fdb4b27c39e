import { createHash } from 'node:crypto';
import { checkBareRecording, checkRecording, record } from '../harness/recording.mjs';
import { median } from '../harness/stats.mjs';

export const name = 'lines';
export const title = 'seq 1 1000000, every line checked; server CPU, median of the runs';
export const targets = {
  line: { of: 'service', max: 1.3 },
  lines: { of: 'service', max: 0.15 },
};

const COUNT = 1_000_000;

export async function run({ servers, quick, targets }) {
  const runs = quick ? 1 : 3;
  const command = `seq 1 ${COUNT}`;
  const expected = digestOfSeq(COUNT);
  const service = await servers.service();
  const bare = await servers.bare();
  await record(service, 'seq 1 20000', 'line');
  await record(service, 'seq 1 20000', 'lines');
  await record(bare, 'seq 1 20000');

  const results = { line: [], lines: [], bare: [] };
  const frames = {};
  for (let i = 0; i < runs; i++) {
    for (const mode of ['line', 'lines']) {
      const { chunks, ...cost } = await record(service, command, mode);
      results[mode].push(cost);
      frames[mode] = checkRecording(chunks, { ...expected, mode });
      if (mode === 'line' && frames.line !== COUNT) throw new Error(`${frames.line} frames for ${COUNT} lines`);
    }
    const { chunks, ...cost } = await record(bare, command);
    checkBareRecording(chunks, expected);
    results.bare.push(cost);
  }

  const cpu = (key, part = 'total') => median(results[key].map((result) => result.cpu[part]));
  const wall = (key) => median(results[key].map((result) => result.wallMs / 1000));
  return ['line', 'lines'].flatMap((mode) => [
    {
      metric: `mode ${mode}: server CPU, ${COUNT} lines in ${frames[mode]} frames`,
      unit: 's',
      service: cpu(mode),
      reference: cpu('bare'),
      target: targets[mode],
    },
    { metric: `mode ${mode}: of it the helper process`, unit: 's', service: cpu(mode, 'helper') },
    { metric: `mode ${mode}: wall time`, unit: 's', service: wall(mode), reference: wall('bare') },
  ]);
}

function digestOfSeq(count) {
  const hash = createHash('sha256');
  let bytes = 0;
  for (let from = 1; from <= count; from += 1000) {
    let text = '';
    for (let i = from; i < from + 1000 && i <= count; i++) text += `${i}\n`;
    hash.update(text);
    bytes += text.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}
