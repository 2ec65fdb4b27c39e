import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The functions that took most of the time by themselves, of every .cpuprofile in a directory, as text. */
export function formatProfiles(dir, top = 15) {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => `${name}\n${formatProfile(JSON.parse(readFileSync(join(dir, name), 'utf8')), top)}`)
    .join('\n\n');
}

function formatProfile({ nodes, samples, timeDeltas }, top) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map();
  samples.forEach((id, i) => times.set(names.get(id), (times.get(names.get(id)) ?? 0) + timeDeltas[i] / 1000));
  times.delete('(idle)');
  const total = [...times.values()].reduce((sum, ms) => sum + ms, 0);
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, top)
    .map(([name, ms]) => `${ms.toFixed(0).padStart(7)} ms ${((100 * ms) / total).toFixed(1).padStart(5)} %  ${name}`)
    .join('\n');
}

const nameOf = ({ functionName, url, lineNumber }) =>
  `${functionName || '(anonymous)'} ${url.split('/').slice(-2).join('/')}${url === '' ? '' : `:${lineNumber + 1}`}`;
