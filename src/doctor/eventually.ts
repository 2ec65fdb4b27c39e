import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 20;

/** Whether something is so within a time: looked at again and again, at its end too. */
export async function eventually(isSo: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() >= deadline) return false;
    await delay(LOOK_MS);
  }
  return true;
}
