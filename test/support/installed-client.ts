import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DEPENDENCIES = ['ws', '@noble/hashes'];

/** A project of a user's, with the packed package in its node_modules. */
export class InstalledClient {
  readonly directory = mkdtempSync(join(tmpdir(), 'installed-'));

  constructor() {
    const modules = join(this.directory, 'node_modules');
    const target = join(modules, 'cc-executor');
    mkdirSync(join(modules, '@noble'), { recursive: true });
    mkdirSync(target);
    writeFileSync(join(this.directory, 'package.json'), '{"type":"module"}');
    const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', this.directory], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    execFileSync('tar', ['xzf', join(this.directory, packed.trim()), '-C', target, '--strip-components=1']);
    for (const name of DEPENDENCIES) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }

  /** Takes a dependency away. */
  without(name: string): void {
    rmSync(join(this.directory, 'node_modules', name));
  }

  /** Writes a file of the project's. @returns its path */
  write(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    return path;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
