#!/usr/bin/env node
const USAGE = `Usage: cc-executor COMMAND [options]

  exec     run a command through it
  config   print the effective configuration
  doctor   check each part of it on this machine
`;

/** EX_USAGE of sysexits(3). */
const EXIT_USAGE = 64;

const [command = '', ...rest] = process.argv.slice(2);
process.argv.splice(2, Infinity, ...rest);
switch (command) {
  case 'exec':
    await import('./exec.js');
    break;
  case 'config':
    await import('./config.js');
    break;
  case 'doctor':
    await import('./doctor.js');
    break;
  case '--help':
    process.stdout.write(USAGE);
    break;
  default:
    process.stderr.write(USAGE);
    process.exitCode = EXIT_USAGE;
}
