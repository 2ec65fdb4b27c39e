import type { TimeRange } from './app-config.js';

const NAME = /^HEURISTIC_([A-Z0-9_]{1,128})$/;
const VALUE = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/;
const MAX_SECONDS = 31_536_000;

/**
 * The operator's own estimates: HEURISTIC_<CATEGORY>_<NAME>=expected:max, in seconds, by what follows HEURISTIC_. What
 * cannot be used is added to `faults`.
 */
export function readHeuristics(variables: NodeJS.ProcessEnv, faults: string[]): Record<string, TimeRange> {
  const heuristics: Record<string, TimeRange> = {};
  for (const [name, value = ''] of Object.entries(variables)) {
    if (!name.startsWith('HEURISTIC_') || value === '') continue;
    const key = NAME.exec(name)?.[1];
    const [, expected, max] = (VALUE.exec(value.trim()) ?? []).map(Number);
    if (key === undefined) faults.push(`${name}: the name must be HEURISTIC_<CATEGORY>_<NAME> in capitals`);
    else if (expected === undefined || max === undefined || expected <= 0 || max < expected || max > MAX_SECONDS)
      faults.push(`${name}: must be expected:max in seconds, like 60:300 (got ${JSON.stringify(value)})`);
    else heuristics[key] = { expectedMs: expected * 1000, maxMs: max * 1000 };
  }
  return heuristics;
}

/** What a heuristic for a task is named by: the variable's name after HEURISTIC_. */
export function heuristicName(category: string, name: string): string {
  return `${category}_${name}`.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}
