import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from './capture.js';
import type { CapturedRun } from './captured-run.js';
import type { DoctorComponent } from './doctor-component.js';
import { markdownReport } from './markdown-report.js';

/** Components that run side by side. */
const AT_A_TIME = 2;

/** What the doctor found out. */
export interface Diagnosis {
  /** In the order of the components. */
  readonly runs: readonly CapturedRun[];
  /** Paths of the files: the report, and of each component its run. */
  readonly report: string;
  readonly files: readonly string[];
  readonly isHealthy: boolean;
}

/**
 * Runs components, two at a time, and writes what they did into a directory.
 * @param watcher is told of each
 * @throws the system's error where the directory cannot be written
 */
export async function examine(
  components: readonly DoctorComponent[],
  isLong: boolean,
  directory: string,
  watcher: { onStart(component: DoctorComponent): void; onEnd(run: CapturedRun): void },
): Promise<Diagnosis> {
  mkdirSync(directory, { recursive: true });
  const found = new Map<string, CapturedRun>();
  // What may take longest does not wait for the rest.
  const waiting = [...components].sort((one, other) => other.maxSeconds - one.maxSeconds);
  const work = async (): Promise<void> => {
    for (let component = waiting.shift(); component !== undefined; component = waiting.shift()) {
      watcher.onStart(component);
      const run = await capture(component, isLong);
      found.set(component.name, run);
      watcher.onEnd(run);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  const runs = components.flatMap(({ name }) => found.get(name) ?? []);
  const titles = Object.fromEntries(components.map(({ name, title }) => [name, title]));
  const report = join(directory, `doctor_${runs[0]?.timestamp ?? ''}.md`);
  writeFileSync(report, markdownReport(runs, titles));
  const files = runs.map((run) => {
    const file = join(directory, `${run.module}_${run.timestamp}.json`);
    writeFileSync(file, `${JSON.stringify(run, null, 2)}\n`);
    return file;
  });
  return { runs, report, files, isHealthy: runs.length > 0 && runs.every(({ success }) => success) };
}
