import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Program } from '../../../src/policy/command/decision.js';
import { within } from '../../e2e/support/eventually.js';

/** What ran, and how it ended. */
export interface Account {
  /** A name with its arguments for each program that ran, sorted. */
  readonly ran: readonly (readonly string[])[];
  readonly code: number | null;
  /** What the directory they ran in holds afterwards. */
  readonly files: readonly string[];
}

/**
 * A directory of programs that do nothing but write their name and arguments down, and the only PATH of what runs with
 * them. Those whose name begins with `fail` end with exit code 1, all others with 0.
 */
export class FakePrograms {
  readonly path: string;
  private readonly directory = mkdtempSync(join(tmpdir(), 'fakes-'));
  private readonly log = join(this.directory, 'log');
  private readonly cwd = join(this.directory, 'cwd');

  constructor(names: readonly string[]) {
    this.path = join(this.directory, 'bin');
    for (const directory of [this.path, this.cwd]) mkdirSync(directory);
    for (const name of names) {
      const code = name.startsWith('fail') ? 1 : 0;
      const script = `#!/bin/sh\nprintf '%s\\0' "$#" "\${0##*/}" "$@" >> '${this.log}'\nexit ${code}\n`;
      writeFileSync(join(this.path, name), script);
      chmodSync(join(this.path, name), 0o755);
    }
  }

  pathOf(name: string): string {
    return join(this.path, name);
  }

  /** Runs a program, or a line in bash, to its end and that of all that holds its output. */
  async run(program: Program, shell = 'bash'): Promise<Account> {
    writeFileSync(this.log, '');
    rmSync(this.cwd, { recursive: true });
    mkdirSync(this.cwd);
    const [file, ...args] = 'argv' in program ? program.argv : [shell, '-c', program.command];
    const child = spawn(file, args, {
      cwd: this.cwd,
      // The shell itself is found by its path.
      env: { PATH: this.path, LANG: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.resume();
    child.stderr.resume();
    const code = await within(
      new Promise<number | null>((resolve, reject) => {
        child.once('close', resolve);
        child.once('error', reject);
      }),
      `the end of ${JSON.stringify(program)}`,
    );
    return { ran: records(readFileSync(this.log, 'utf8')).sort(byText), code, files: readdirSync(this.cwd) };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function byText(one: readonly string[], other: readonly string[]): number {
  const [a, b] = [JSON.stringify(one), JSON.stringify(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function records(log: string): string[][] {
  const items = log.split('\0').slice(0, -1);
  const found: string[][] = [];
  while (items.length > 0) found.push(items.splice(0, Number(items.shift()) + 1));
  return found;
}
