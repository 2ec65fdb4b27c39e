/**
 * Options of programs that are harmless but for these, by which they run another program. They are denied unless the
 * policy file accepts that the program runs commands.
 */
export const RUNNING_OPTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['sort', ['--compress-program']],
  ['split', ['--filter']],
  ['install', ['--strip-program']],
  ['rg', ['--pre', '--hostname-bin']],
]);
