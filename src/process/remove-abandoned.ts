import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes the directories of launchers that were killed together with their service.
 * @returns their instances, whose commands may still run
 */
export function removeAbandoned(runDirectory: string): string[] {
  const abandoned = readdirSync(runDirectory).filter((name) => {
    const pid = Number(name.split('.', 1)[0]);
    return pid > 0 && !isAlive(pid);
  });
  for (const name of abandoned) rmSync(join(runDirectory, name), { recursive: true, force: true });
  return abandoned.map((name) => name.slice(name.indexOf('.') + 1));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
