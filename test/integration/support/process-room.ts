import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as LoadConfig from '../../../src/config/load-config.js';
import type * as Detectors from '../../../src/detector/detector.service.js';
import type { ExecutionRequest } from '../../../src/process/execution-request.js';
import type * as Launcher from '../../../src/process/launcher.service.js';
import type * as Policies from '../../../src/policy/command/open-command-policy.js';
import type * as Processes from '../../../src/process/process.service.js';
import type * as Resources from '../../../src/resource/resource.service.js';
import type * as Streams from '../../../src/stream/stream.service.js';
import type * as Classifiers from '../../../src/timeout/classification/classifier.js';
import type * as Histories from '../../../src/timeout/history/history.js';
import type * as Timeouts from '../../../src/timeout/timeout.service.js';
import { eventually } from '../../e2e/support/eventually.js';
import { descendants } from '../../e2e/support/proc.js';
import { Run } from './run.js';

/** A program with its arguments, or a line for bash. */
export type Program = string | readonly [string, ...string[]];

// The launcher is a program of its own: the room runs as it was built, where its launcher is.
const { loadConfig } = await built<typeof LoadConfig>('config/load-config.js');
const { DetectorService } = await built<typeof Detectors>('detector/detector.service.js');
const { LauncherService } = await built<typeof Launcher>('process/launcher.service.js');
const { ProcessService } = await built<typeof Processes>('process/process.service.js');
const { openCommandPolicy } = await built<typeof Policies>('policy/command/open-command-policy.js');
const { ResourceService } = await built<typeof Resources>('resource/resource.service.js');
const { StreamService } = await built<typeof Streams>('stream/stream.service.js');
const { Classifier } = await built<typeof Classifiers>('timeout/classification/classifier.js');
const { History } = await built<typeof Histories>('timeout/history/history.js');
const { TimeoutService } = await built<typeof Timeouts>('timeout/timeout.service.js');

/** Variables of all rooms, for specs that are run once more in another way. */
export const everyRoom: Record<string, string> = {};

/** The process room of the service, within this process, on a data directory of its own. */
export class ProcessRoom {
  readonly directory = mkdtempSync(join(tmpdir(), 'integration-'));
  readonly runDirectory = join(this.directory, 'data', 'run');
  readonly launcher: Launcher.LauncherService;
  private readonly processes: Processes.ProcessService;

  /** @param variables of the service's environment */
  constructor(variables: Readonly<Record<string, string>> = {}) {
    const config = loadConfig({
      PATH: process.env.PATH,
      LANG: 'C.UTF-8',
      CC_EXECUTOR_SHELL: 'bash',
      DATA_DIR: join(this.directory, 'data'),
      ...everyRoom,
      ...variables,
    });
    this.launcher = new LauncherService(config);
    const timeouts = new TimeoutService(
      config,
      new ResourceService(config),
      new Classifier(config.classification),
      new History([]),
    );
    this.processes = new ProcessService(
      config,
      this.launcher,
      new StreamService(config),
      timeouts,
      openCommandPolicy(config.policy),
      new DetectorService(config),
    );
    this.launcher.onModuleInit();
  }

  /** Starts a command whose output is read as it comes, or is not where `reads` is false. */
  async start(program: Program, given: Partial<ExecutionRequest> = {}, reads = true): Promise<Run> {
    return new Run(await this.processes.start(request(program, given)), reads);
  }

  /** Runs a command to its end. */
  async run(program: Program, given: Partial<ExecutionRequest> = {}): Promise<Run> {
    const run = await this.start(program, given);
    await run.outcome;
    return run;
  }

  /** The pid of the launcher that runs. */
  async launcherPid(): Promise<number> {
    const found = await eventually(
      () =>
        descendants(process.pid).find((row) => row.parent === process.pid && row.state !== 'Z' && isLauncher(row.pid)),
      (row) => row !== undefined,
    );
    return found!.pid;
  }

  /** What this process holds open of the FIFOs. */
  openFifos(): string[] {
    return readdirSync('/proc/self/fd')
      .map(target)
      .filter((path) => this.fifoDirectories().some((directory) => path.startsWith(directory)));
  }

  /** The FIFOs that were made and not yet used. */
  async readyFifos(): Promise<string[]> {
    const [directory = ''] = await eventually(
      () => this.fifoDirectories(),
      (directories) => directories.length === 1 && existsSync(directories[0]!),
    );
    return readdirSync(directory);
  }

  /** Of each launcher that has a directory. */
  fifoDirectories(): string[] {
    return readdirSync(this.runDirectory).map((name) => `/dev/shm/cc-executor-${name.slice(name.indexOf('.') + 1)}`);
  }

  async close(): Promise<void> {
    await this.launcher.end();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function request(program: Program, given: Partial<ExecutionRequest>): ExecutionRequest {
  return {
    program: typeof program === 'string' ? { command: program } : { argv: program },
    cwd: null,
    environment: {},
    stdin: null,
    output: { mode: 'line', encoding: 'utf8', maxLineBytes: null },
    task: {},
    timeoutMs: null,
    stallTimeoutMs: null,
    limits: {},
    onExit: 'kill',
    onDisconnect: 'cancel',
    onFull: 'block',
    labels: {},
    traceparent: null,
    ...given,
  };
}

async function built<T>(module: string): Promise<T> {
  return (await import(new URL(`../../../dist/${module}`, import.meta.url).href)) as T;
}

function isLauncher(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('cc-executor-lau');
  } catch {
    return false;
  }
}

function target(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
