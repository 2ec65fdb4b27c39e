import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditFile as AuditFileClass } from '../../src/telemetry/audit-file.js';
import { eventually } from '../e2e/support/eventually.js';
import { built } from '../support/built.js';

const { AuditFile } = await built<{ AuditFile: typeof AuditFileClass }>('telemetry/audit-file.js');

let directory: string;
let path: string;
let told: string[];
let files: AuditFileClass[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'audit-'));
  path = join(directory, 'audit.jsonl');
  told = [];
  files = [];
});

afterEach(async () => {
  for (const file of files) await file.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(at = path, maxWaitingBytes?: number): AuditFileClass {
  const watcher = {
    failed: (code: string) => void told.push(`failed ${code}`),
    recovered: () => void told.push('recovered'),
    droppedLine: (count: number) => {
      told.push(`dropped ${String(count)}`);
      return `dropped ${String(count)}\n`;
    },
  };
  const file = new AuditFile(at, watcher, maxWaitingBytes);
  files.push(file);
  return file;
}

function content(at = path): string {
  return existsSync(at) ? readFileSync(at, 'utf8') : '';
}

async function holds(text: string, at = path): Promise<void> {
  expect(
    await eventually(
      () => content(at),
      (found) => found === text,
    ),
  ).toBe(text);
}

describe('a file of lines', () => {
  it('has every line, in order', async () => {
    const file = open();
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${String(index)}\n`);
    for (const line of lines) file.append(line);

    expect(await file.close()).toBe(0);
    expect(content()).toBe(lines.join(''));
    expect(told).toEqual([]);
  });

  it('has the lines that come while others are written', async () => {
    const file = open();
    let expected = '';
    for (let index = 0; index < 500; index++) {
      const line = `${String(index)}\n`;
      expected += line;
      file.append(line);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await holds(expected);
  });

  it('is made for its user alone, as soon as it is asked for', async () => {
    open().check();
    await eventually(
      () => existsSync(path),
      (found) => found,
    );

    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is appended to', async () => {
    writeFileSync(path, 'before\n');
    open().append('after\n');

    await holds('before\nafter\n');
  });

  it('gets an end of line where the last line was cut short', async () => {
    writeFileSync(path, 'torn');
    open().append('after\n');

    await holds('torn\nafter\n');
  });

  it('takes the lines of two services', async () => {
    const [one, other] = [open(), open()];
    for (let index = 0; index < 200; index++) {
      one.append(`one ${String(index)}\n`);
      other.append(`other ${String(index)}\n`);
      if (index % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await one.close();
    await other.close();

    const lines = content().trim().split('\n');
    expect(lines.filter((line) => /^one \d+$/.test(line))).toHaveLength(200);
    expect(lines.filter((line) => /^other \d+$/.test(line))).toHaveLength(200);
  });
});

describe('a file that is taken away', () => {
  it.each<[string, () => void, string]>([
    [
      'renamed',
      () => {
        renameSync(path, `${path}.1`);
      },
      'one\n',
    ],
    [
      'removed',
      () => {
        unlinkSync(path);
      },
      '',
    ],
  ])('(%s) is followed by a new one', async (_, take, old) => {
    const file = open();
    file.append('one\n');
    await holds('one\n');
    take();
    file.append('two\n');

    await holds('two\n');
    expect(content(`${path}.1`)).toBe(old);
    expect(told).toEqual([]);
  });

  it('is let go of without a further line, when asked', async () => {
    const file = open();
    file.append('one\n');
    await holds('one\n');
    renameSync(path, `${path}.1`);
    file.check();

    await holds('');
    await eventually(
      () => existsSync(path),
      (found) => found,
    );
  });

  it('and replaced by a FIFO is not written into it', async () => {
    const file = open();
    file.append('one\n');
    await holds('one\n');
    unlinkSync(path);
    execFileSync('mkfifo', [path]);
    file.append('two\n');
    await eventually(
      () => told,
      (found) => found.length > 0,
    );

    expect(told).toEqual(['failed ENOTREG']);
    unlinkSync(path);
    await holds('two\n');
  });

  it('and replaced by a link is not written through it', async () => {
    const file = open();
    file.append('one\n');
    await holds('one\n');
    unlinkSync(path);
    writeFileSync(join(directory, 'victim'), 'mine\n');
    symlinkSync(join(directory, 'victim'), path);
    file.append('two\n');
    await eventually(
      () => told.length,
      (count) => count > 0,
    );

    expect(told).toEqual(['failed ELOOP']);
    expect(content(join(directory, 'victim'))).toBe('mine\n');
    unlinkSync(path);
    await holds('two\n');
    await eventually(
      () => told,
      (all) => all.includes('recovered'),
    );
    expect(told).toEqual(['failed ELOOP', 'recovered']);
  });
});

describe('a disk', () => {
  it('that is full is told of once, and holds nobody up', async () => {
    const file = open('/dev/full');
    for (let index = 0; index < 1000; index++) file.append('line\n');
    await eventually(
      () => told.length,
      (count) => count > 0,
    );
    file.check();
    const from = performance.now();
    const lost = await file.close();

    expect(performance.now() - from).toBeLessThan(3000);
    expect(lost).toBe(1000);
    expect(told).toEqual(['failed ENOSPC']);
  });

  it('that takes nothing for a while loses what is too much, and tells how much at its place, once', async () => {
    const away = join(directory, 'away');
    const path = join(away, 'audit.jsonl');
    const file = open(path, 1005);
    const lines = Array.from({ length: 300 }, (_, index) => `line ${String(index).padStart(4, '0')}\n`);
    for (const line of lines) file.append(line);
    // There is room for these, and none of them comes before the lines that are lost.
    for (const line of ['a\n', 'b\n']) file.append(line);
    await eventually(
      () => told.length,
      (count) => count > 0,
    );
    expect(told).toEqual(['failed ENOENT']);
    mkdirSync(away);
    const written = `${lines.slice(0, 100).join('')}dropped 202\n`;
    await holds(written, path);
    file.append('after\n');
    await holds(`${written}after\n`, path);

    expect(told).toEqual(['failed ENOENT', 'recovered', 'dropped 202']);
  });
});
