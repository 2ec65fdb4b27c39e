import { fileURLToPath } from 'node:url';
import type { LauncherSettings } from './launcher/launcher-settings.js';

const MAIN = fileURLToPath(new URL('./launcher/main.js', import.meta.url));

/** V8 options that keep the launcher small: its size is what a fork costs. */
const SMALL = ['--single-threaded', '--max-semi-space-size=1', '--max-old-space-size=64'];

/** The command line of a launcher, for Node. @param directory of its own */
export function launcherArguments(directory: string, instance: string, settings: LauncherSettings): string[] {
  return [...SMALL, MAIN, directory, instance, JSON.stringify(settings)];
}
