import { CheckList } from './check-list.js';
import type { DoctorComponent } from './doctor-component.js';

/**
 * Runs a component in this process and tells on stdout, line by line, what it was seen to do. The last line sums it up.
 * @returns the exit code: 0 only where every check holds, and there was one
 */
export async function runComponent(
  component: DoctorComponent,
  isLong: boolean,
  variables: Readonly<Record<string, string>>,
): Promise<number> {
  const checks = new CheckList((line) => {
    process.stdout.write(`${line}\n`);
  });
  try {
    await component.run({ checks, isLong, variables });
  } catch (error) {
    checks.broken('to the end of its checks', error);
  }
  const { count, failed } = checks.totals;
  process.stdout.write(`${component.name}: ${String(count)} checks, ${String(failed)} failed\n`);
  return count > 0 && failed === 0 ? 0 : 1;
}
