// Starts the processes that are measured, each as a process of its own, and ends every one of them by its pid.
import { fork, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { now, sleep } from './clock.mjs';
import {
  TICKS_PER_SECOND,
  cpuTicks,
  helperPids,
  kill,
  mainThreadSeconds,
  pidsWithEnvironment,
  rssBytes,
} from './proc.mjs';
import { BareSession, ServiceSession } from './session.mjs';

const READY_WITHIN_MS = 20_000;
const STOP_WITHIN_MS = 15_000;
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** All processes of one run of the benchmark: what it starts, and what is left of them at the end. */
export class Servers {
  #runId = randomUUID();
  #running = new Set();

  /** A directory in memory where there is one; removed at the end. */
  scratch = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bench-'));

  /** `serviceFile`: the built service; `profileDir`: where it leaves a CPU profile, or undefined. */
  constructor({ serviceFile, profileDir }) {
    this.serviceFile = serviceFile;
    this.profileDir = profileDir;
  }

  /** The service, ready to be connected to. A value of null in `env` leaves the variable unset; `options` are Node's. */
  async service(env = {}, options = []) {
    return this.#service(env, [...options, this.serviceFile], []);
  }

  /** The service in a process that holds so many bytes more; `lateness(act)` → how late its event loop came: see weighted-service.mjs. */
  async weighted(ballastBytes) {
    const wrapper = path('./weighted-service.mjs');
    const server = await this.#service({}, [wrapper, this.serviceFile, String(ballastBytes)], ['ipc']);
    server.lateness = async (act) => {
      server.process.send('begin');
      await act();
      server.process.send('end');
      return (await once(server.process, 'message'))[0];
    };
    return server;
  }

  async #service(env, args, channels) {
    const port = await freePort();
    const settings = { HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'warn', CC_EXECUTOR_SHELL: 'bash', ...env };
    const profile = this.profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${this.profileDir}`];
    const child = spawn(process.execPath, [...profile, ...args], {
      env: this.#environment({ DATA_DIR: this.scratch, ...settings }),
      stdio: ['ignore', 'pipe', 'pipe', ...channels],
    });
    const server = this.#keep(new Server('service', child));
    await server.ready(() => answers(`http://127.0.0.1:${port}/healthz`));
    server.address = `127.0.0.1:${port}`;
    server.connect = () => ServiceSession.open(`ws://${server.address}/ws/mcp`);
    return server;
  }

  /** The bare forwarding server. */
  async bare() {
    const child = spawn(process.execPath, [path('../bare-server.mjs')], {
      env: this.#environment({}),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = this.#keep(new Server('bare', child));
    await server.ready(() => server.log.length > 0);
    server.address = `127.0.0.1:${JSON.parse(server.log[0].text).port}`;
    server.connect = () => BareSession.open(`ws://${server.address}/`);
    return server;
  }

  /** The Debian package websocketd, a shell with these arguments for each connection; null where it is not installed. */
  async websocketd(args = []) {
    if (!isInstalled('websocketd')) return null;
    const port = await freePort();
    const passed = '--passenv=PATH,HOME,LANG,BENCH_RUN_ID';
    const options = ['--address=127.0.0.1', `--port=${port}`, '--loglevel=error', passed];
    const child = spawn('websocketd', [...options, 'bash', ...args], {
      env: this.#environment({}),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = this.#keep(new Server('websocketd', child));
    await server.ready(() => answers(`http://127.0.0.1:${port}/`, 404));
    server.address = `127.0.0.1:${port}`;
    /** → ms from the connect to the close. */
    server.run = () => ranToClose(`ws://${server.address}/`);
    return server;
  }

  /** A process that runs a command by plain spawn: `run(command)` → {firstOutputMs, closeMs}. */
  plainSpawn(ballastBytes = 0) {
    const server = this.#keep(new Server('spawn', this.#fork('../plain-spawn.mjs', [String(ballastBytes)])));
    server.run = async (command) => {
      server.process.send(command);
      return (await once(server.process, 'message'))[0];
    };
    return server;
  }

  /** A client in a process of its own that reads as fast as it can: see flood-client.mjs. */
  async floodClient(address, target) {
    const server = this.#keep(new Server('flood', this.#fork('./flood-client.mjs', [address, target])));
    const [hello] = await once(server.process, 'message');
    if (hello.connected !== true) throw new Error('the flood client could not connect');
    server.ask = async (request) => {
      server.process.send(request);
      return (await once(server.process, 'message'))[0];
    };
    return server;
  }

  /** The writer of the lines of many programs: see feeder.mjs. */
  async feeder(lines, intervalMs, fifos) {
    const server = this.#keep(new Server('feeder', this.#fork('./feeder.mjs', [lines, intervalMs, ...fifos])));
    await once(server.process, 'message');
    return server;
  }

  /** What was started and still runs. */
  get running() {
    return this.#running;
  }

  /** Ends everything that was started and still runs, then whatever command is left of it; → those commands' pids. */
  async stopAll() {
    await Promise.all([...this.#running].map((server) => server.stop()));
    const left = pidsWithEnvironment(`BENCH_RUN_ID=${this.#runId}`);
    for (const pid of left) kill(pid, 'SIGKILL');
    rmSync(this.scratch, { recursive: true, force: true });
    return left;
  }

  #fork(file, args = []) {
    return fork(path(file), args, { env: this.#environment({}), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  }

  /** The same few variables for every server: spawn copies them, and a command inherits them. */
  #environment(settings) {
    const { PATH, HOME, LANG = 'C.UTF-8' } = process.env;
    const all = { PATH, HOME, LANG, BENCH_RUN_ID: this.#runId, ...settings };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null && value !== undefined));
  }

  #keep(server) {
    this.#running.add(server);
    server.exited.then(() => this.#running.delete(server));
    return server;
  }
}

/** One process under measurement. */
class Server {
  /** Its log lines, {at, text}, of stdout and stderr. */
  log = [];

  constructor(kind, child) {
    this.kind = kind;
    this.process = child;
    this.pid = child.pid;
    this.exited = new Promise((resolve) => child.once('exit', resolve));
    for (const stream of [child.stdout, child.stderr]) collectLines(stream, this.log);
  }

  /** Waits until `isReady()`; throws what the process wrote when it ends before. */
  async ready(isReady) {
    const deadline = now() + READY_WITHIN_MS;
    while (!(await isReady())) {
      const ended = this.process.exitCode !== null || this.process.signalCode !== null;
      if (ended || now() > deadline) {
        const log = this.log.map(({ text }) => text).join('\n');
        throw new Error(`the ${this.kind} server ${ended ? 'ended' : 'is not ready'}: ${log}`);
      }
      await sleep(20);
    }
    this.#helpers = helperPids(this.pid);
  }

  /** CPU used so far, in ticks: of the process, of its helpers, of both. Commands do not count. */
  cpu() {
    const main = cpuTicks(this.pid);
    const helper = sum(this.#helpersNow().map(cpuTicks));
    return { main, helper, total: main + helper };
  }

  /** CPU seconds used since `before`, which `cpu()` gave. */
  cpuSince(before) {
    const after = this.cpu();
    return Object.fromEntries(
      Object.keys(after).map((part) => [part, (after[part] - before[part]) / TICKS_PER_SECOND]),
    );
  }

  /** CPU seconds of the process's main thread so far: where it works on output, without the collector's other threads. */
  mainThreadSeconds() {
    return mainThreadSeconds(this.pid);
  }

  /** Resident bytes: of the process, of its helpers, of both. Commands do not count. */
  rss() {
    const main = rssBytes(this.pid);
    const helper = sum(this.#helpersNow().map(rssBytes));
    return { main, helper, total: main + helper };
  }

  /** SIGTERM, and SIGKILL when that does not end it in time. */
  async stop() {
    kill(this.pid, 'SIGTERM');
    const timer = setTimeout(() => kill(this.pid, 'SIGKILL'), STOP_WITHIN_MS);
    await this.exited;
    clearTimeout(timer);
  }

  #helpers = [];

  #helpersNow() {
    if (this.#helpers.some((pid) => rssBytes(pid) === 0)) this.#helpers = helperPids(this.pid);
    return this.#helpers;
  }
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

function collectLines(stream, log) {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) log.push({ at: now(), text: line });
  });
}

async function answers(url, status = 200) {
  try {
    return (await fetch(url)).status === status;
  } catch {
    return false;
  }
}

function isInstalled(program) {
  return (process.env.PATH ?? '').split(':').some((directory) => existsSync(join(directory, program)));
}

/** Connects, waits for the close; → ms. */
async function ranToClose(url) {
  const from = now();
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'close');
  return now() - from;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
