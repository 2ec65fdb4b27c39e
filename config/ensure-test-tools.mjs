/**
 * Makes sure of what the tests need beside Node: a redis-server, and a Python that has the package websockets; those that
 * are there, else Debian's packages where this user may install them. No server of a package is started.
 *
 * Says one line on stderr for each thing it does and nothing when nothing is to do. Where something is missing and cannot be
 * installed it says how to get it, and ends well, as the tests that need it are skipped; under CI=true it fails.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What Debian's packages ask whether they may start their service: 101 is no. */
const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_MARK = '# For the time of an installation by process';

const TOOLS = [
  {
    debian: 'redis-server',
    isThere: () => find('redis-server'),
    missing:
      'No redis-server: put one on PATH (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis)',
  },
  {
    debian: 'python3-websockets',
    isThere: () => ['python3', '/usr/bin/python3'].some((python) => runs(python, '-c', 'import websockets')),
    missing:
      'No Python with websockets (Debian, Ubuntu: apt-get install python3-websockets; else pip install websockets)',
  },
];

const missing = () => TOOLS.filter(({ isThere }) => !isThere());

if (process.getuid?.() === 0 && find('apt-get')) {
  const packages = missing().map(({ debian }) => debian);
  if (packages.length > 0) install(packages);
}
for (const tool of missing()) {
  say(tool.missing);
  process.exitCode = process.env.CI === 'true' ? 1 : 0;
}

function install(packages) {
  say(`Installing ${packages.join(', ')} (apt-get)`);
  const isPolicyOurs = forbidServices();
  // A signal that asks this process to stop reaches apt-get too, as one of the same group; the policy goes in any case.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
  try {
    const install = ['install', '-y', '--no-install-recommends', ...packages];
    // The lists of packages may be old, or not there at all.
    if (aptGet(install).status === 0) return;
    const update = aptGet(['update']);
    const result = update.status === 0 ? aptGet(install) : update;
    if (result.status === 0) return;
    process.stderr.write(result.stdout);
    process.stderr.write(result.stderr);
    say(`Failed with exit code ${result.status}: apt-get ${(result === update ? ['update'] : install).join(' ')}`);
  } finally {
    if (isPolicyOurs) rmSync(POLICY, { force: true });
  }
}

function aptGet(args) {
  return spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1', RUNLEVEL: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Whether the policy was put there now: one that somebody else has made stays. */
function forbidServices() {
  const [, pid] = new RegExp(`^${POLICY_MARK} (\\d+)$`, 'm').exec(readText(POLICY)) ?? [];
  if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(POLICY, { force: true });
  try {
    writeFileSync(POLICY, `#!/bin/sh\n${POLICY_MARK} ${process.pid}\nexit 101\n`, { flag: 'wx', mode: 0o755 });
    return true;
  } catch {
    return false;
  }
}

function runs(program, ...args) {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function find(program) {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => isExecutable(join(directory, program)));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
