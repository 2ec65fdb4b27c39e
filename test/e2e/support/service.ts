import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { within } from './eventually.js';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const ADDRESS = /Listening on (ws:\/\/[^\s"]+)/;

export type Environment = Readonly<Record<string, string>>;

/** How a program ended and what it printed. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The absolute path of a program in test/fixtures. */
export function fixture(name: string): string {
  return join(ROOT, 'test', 'fixtures', name);
}

/** A program of the built service as a child process, in an empty directory of its own and an environment of its own. */
export class Program {
  readonly directory = mkdtempSync(join(tmpdir(), 'e2e-'));
  readonly dataDirectory = join(this.directory, 'data');
  readonly temporaryDirectory = join(this.directory, 'tmp');
  readonly ended: Promise<Ending>;
  private readonly child: ChildProcess;
  private readonly printed = { stdout: '', stderr: '' };

  constructor(
    command: readonly string[],
    readonly environment: Environment,
  ) {
    mkdirSync(this.dataDirectory);
    mkdirSync(this.temporaryDirectory);
    const [file = '', ...args] = command;
    this.child = spawn(file, args, {
      cwd: this.directory,
      env: {
        PATH: process.env.PATH,
        HOME: this.directory,
        LANG: 'C.UTF-8',
        TMPDIR: this.temporaryDirectory,
        DATA_DIR: this.dataDirectory,
        CC_EXECUTOR_SHELL: 'bash',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]?.setEncoding('utf8').on('data', (text: string) => (this.printed[name] += text));
    }
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => {
        resolve({ code, signal, ...this.printed });
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get stdout(): string {
    return this.printed.stdout;
  }

  get stderr(): string {
    return this.printed.stderr;
  }

  /** Resolves with the first match in what the program prints to stdout; rejects when it ends before. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    const found = new Promise<RegExpExecArray>((resolve) => {
      const look = (): void => {
        const match = pattern.exec(this.printed.stdout);
        if (match !== null) resolve(match);
      };
      this.child.stdout?.on('data', look);
      look();
    });
    const early = this.ended.then((ending) => {
      throw new Error(`Ended before it printed ${String(pattern)}: ${JSON.stringify(ending)}`);
    });
    return within(Promise.race([found, early]), `a line like ${String(pattern)}, got ${JSON.stringify(this.printed)}`);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Sends the signal, and resolves when the program and all that held its output are gone. */
  async end(name: NodeJS.Signals, boundMs?: number): Promise<Ending> {
    this.signal(name);
    try {
      return await within(this.ended, `${name} ends the program`, boundMs);
    } finally {
      this.child.kill('SIGKILL');
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** V8 compiles better what is run more: later than usual, as a third of what a start costs is that. Later V8s lack the option. */
const SHORT_LIVED = process.version.startsWith('v20.') ? ['--interrupt-budget=540672'] : [];

/** The built service on a free port, reached at `url`. */
export class Service extends Program {
  private address = '';

  /** Starts it and resolves when it accepts connections. Clients that a test cuts are gone for good, unless it says otherwise. */
  static async start(environment: Environment = {}): Promise<Service> {
    const entry = join(ROOT, 'dist', 'main.js');
    const service = new Service([process.execPath, ...SHORT_LIVED, entry], {
      PORT: '0',
      RESUME_GRACE: '0',
      ...environment,
    });
    const [, url = ''] = await service.prints(ADDRESS);
    service.address = url;
    return service;
  }

  get url(): string {
    return this.address;
  }

  /** The same port over plain HTTP. */
  http(path: string): string {
    const { host } = new URL(this.address);
    return `http://${host}${path}`;
  }

  /** SIGTERM, the exit code, and nothing left behind. */
  async stop(): Promise<number | null> {
    const { code } = await this.end('SIGTERM');
    this.remove();
    return code;
  }
}

/** Runs a program of the project to its end. */
export async function runProgram(args: readonly string[], environment: Environment = {}): Promise<Ending> {
  const program = new Program([process.execPath, ...SHORT_LIVED, ...args], environment);
  try {
    return await within(program.ended, `the end of ${args.join(' ')}`, 60_000);
  } finally {
    program.signal('SIGKILL');
    program.remove();
  }
}
