/**
 * Makes a clone ready to run: installs what package-lock.json asks for and compiles src/ to dist/, each only when needed.
 *
 * Says one line on stderr for each thing it does and nothing when nothing is to do; stdout stays free for the command
 * that follows. A step that fails has its whole output printed and its exit code passed on. Processes that run at the
 * same time take turns.
 *
 *   node config/ensure.mjs              install and build
 *   node config/ensure.mjs --no-build   install only
 *   node config/ensure.mjs --clean      install and build from nothing
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lock = join(root, '.ensure.lock');
const installRecord = join(root, 'node_modules', '.package-lock.json');
const stamp = join(root, 'dist', '.build-stamp');
const buildInfo = join(root, 'dist', '.tsbuildinfo');
const options = new Set(process.argv.slice(2));

requireNode(20, 19);
if (!isReady()) {
  await takeLock();
  try {
    if (!isInstalled()) await install();
    if (!options.has('--no-build') && !isBuilt()) await build();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function requireNode(major, minor) {
  const [actualMajor, actualMinor] = process.versions.node.split('.').map(Number);
  if (actualMajor > major || (actualMajor === major && actualMinor >= minor)) return;
  say(`Node ${major}.${minor} or newer is needed, this is ${process.versions.node}`);
  process.exit(1);
}

function isReady() {
  return isInstalled() && (options.has('--no-build') || isBuilt());
}

/** node_modules has every package of package-lock.json in its version; packages for other platforms may be absent. */
function isInstalled() {
  const installed = readJson(installRecord)?.packages;
  if (!installed) return false;
  return Object.entries(readJson(join(root, 'package-lock.json'))?.packages ?? {}).every(([path, wanted]) => {
    if (path === '') return true;
    if (!installed[path]) return wanted.optional;
    return installed[path].version === wanted.version && existsSync(join(root, path));
  });
}

async function install() {
  say('Installing dependencies (npm ci)');
  // npm ci leaves this file in place until the end: cut short, it would tell of packages that are gone.
  rmSync(installRecord, { force: true });
  // A flag outweighs what the environment of an outer npm or NODE_ENV=production would ask for.
  await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=warn']);
}

/** The last build was made from exactly the files that are there, and what it wrote is still whole. */
function isBuilt() {
  return !options.has('--clean') && readText(stamp) === fingerprint() && hasOutputs();
}

async function build() {
  say('Building dist (tsc)');
  const inputs = fingerprint();
  rmSync(stamp, { force: true });
  if (options.has('--clean')) rmSync(join(root, 'dist'), { recursive: true, force: true });
  removeOrphans();
  await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']);
  writeFileSync(stamp, inputs);
}

/** Changes with every file that goes into a build: added, removed, edited or touched. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', ...filesIn('src')]) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function hasOutputs() {
  return sources().every((file) => existsSync(join(root, outputOf(file))));
}

/**
 * Takes away what deleted sources left in dist. With an output lost, the compiler's memory goes too: it would not write
 * again what it believes to be there.
 */
function removeOrphans() {
  const kept = new Set(
    sources().flatMap((file) => {
      const output = outputOf(file);
      return [output, `${output}.map`, output.replace(/js$/, 'd.ts')];
    }),
  );
  for (const file of filesIn('dist')) {
    if (/\.(js|js\.map|d\.ts)$/.test(file) && !kept.has(file)) rmSync(join(root, file));
  }
  if (!hasOutputs()) rmSync(buildInfo, { force: true });
}

function sources() {
  return filesIn('src').filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
}

function outputOf(source) {
  return source.replace(/^src/, 'dist').replace(/\.ts$/, '.js');
}

function filesIn(directory) {
  if (!existsSync(join(root, directory))) return [];
  return readdirSync(join(root, directory), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${directory}/${entry.name}`;
      return entry.isDirectory() ? filesIn(path) : [path];
    });
}

/**
 * Waits until no other process holds the lock. The directory appears with its owner already in it, so there is no moment
 * in which a lock has none; one whose owner is dead, and the tool it ran too, is moved aside.
 */
async function takeLock() {
  const self = identityOf(process.pid);
  for (let waiting = false; !placeLock(self); await sleep(100)) {
    const owner = readText(join(lock, 'owner'));
    if (owner === undefined) continue;
    const pid = Number.parseInt(owner, 10);
    if (!isAlive(owner) && !isAlive(readText(join(lock, 'tool')))) {
      setAside(owner);
    } else if (!waiting) {
      waiting = true;
      say(`Waiting for process ${pid}, which installs or builds here`);
    }
  }
}

function placeLock(self) {
  if (existsSync(lock)) return false;
  const mine = `${lock}.${process.pid}`;
  rmSync(mine, { recursive: true, force: true });
  mkdirSync(mine);
  writeFileSync(join(mine, 'owner'), self);
  if (rename(mine, lock)) return true;
  rmSync(mine, { recursive: true, force: true });
  return false;
}

/** Another process may be quicker: then what was moved aside is its new lock, and goes back. */
function setAside(deadOwner) {
  const aside = `${lock}.${process.pid}`;
  if (rename(lock, aside) && readText(join(aside, 'owner')) !== deadOwner) rename(aside, lock);
  rmSync(aside, { recursive: true, force: true });
}

/** Whether the move was done; a full directory is never replaced. */
function rename(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
    return false;
  }
}

function isAlive(identity) {
  return identity !== undefined && identityOf(Number.parseInt(identity, 10)) === identity;
}

/** The pid, with the time its process started where /proc tells it: a pid given to another process is not the owner. */
function identityOf(pid) {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat !== undefined) {
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? '' : `${pid} ${fields[18]}`;
  }
  try {
    process.kill(pid, 0);
    return `${pid}`;
  } catch (error) {
    return error.code === 'EPERM' ? `${pid}` : '';
  }
}

/** Runs a tool to its end, silently unless it fails. A signal that asks this process to stop goes to the tool first. */
async function run(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  // The lock stays held by a tool that outlives this process.
  if (child.pid) writeFileSync(join(lock, 'tool'), identityOf(child.pid));
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  let stoppedBy;
  const stop = (signal) => {
    stoppedBy = signal;
    child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output.push(`${error.message}\n`);
      resolve(1);
    });
    child.on('close', (exitCode, signal) => resolve(exitCode ?? 128 + constants.signals[signal]));
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, stop);
  if (code === 0 && !stoppedBy) return;
  rmSync(lock, { recursive: true, force: true });
  if (!stoppedBy) {
    for (const chunk of output) process.stderr.write(chunk);
    say(`Failed with exit code ${code}: ${command === process.execPath ? 'node' : command} ${args.join(' ')}`);
  }
  process.exit(stoppedBy ? 128 + constants.signals[stoppedBy] : code);
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
