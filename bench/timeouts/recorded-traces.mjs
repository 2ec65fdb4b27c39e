import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The traces of a directory that record.mjs wrote: {name, lengths}, each length {durationMs, silenceMs,
 * loadMultiplier}. `scale` makes every run so many times as long.
 */
export function recordedTraces(dir, scale = 1) {
  return readdirSync(dir)
    .filter((file) => file.endsWith('.jsonl'))
    .sort()
    .map((file) => {
      const [head, ...runs] = readFileSync(join(dir, file), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const lengths = runs.map(([durationMs, silenceMs, loadMultiplier]) => ({
        durationMs: durationMs * scale,
        silenceMs: silenceMs * scale,
        loadMultiplier,
      }));
      return { name: `${head.name} recorded${scale === 1 ? '' : ` ×${scale}`}`, lengths };
    });
}
