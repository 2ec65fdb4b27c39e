import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { WorkingDirectory } from '../../src/policy/working-directory.js';

const top = realpathSync(mkdtempSync(join(tmpdir(), 'root-')));
const root = join(top, 'app');
for (const path of ['app/a/b', 'apple', 'app/..c', 'app/"quoted" é', 'outside/in'])
  mkdirSync(join(top, path), { recursive: true });
writeFileSync(join(root, 'file'), '');
for (const [link, target] of [
  ['app/inner', 'a/b'],
  ['app/out', '../outside'],
  ['app/absolute', join(top, 'outside')],
  ['app/loop', 'loop'],
  ['app/chain', 'out/in'],
  ['app/dangling', 'absent'],
  ['outside/back', '../app/a'],
  ['linked', 'app'],
] as const)
  symlinkSync(target, join(top, link));

afterAll(() => {
  rmSync(top, { recursive: true, force: true });
});

describe('within a root', () => {
  const directory = new WorkingDirectory('/', root);

  it.each([
    [null, ''],
    ['', ''],
    ['.', ''],
    ['a', '/a'],
    ['a/b/../b/.', '/a/b'],
    ['./a//b/', '/a/b'],
    ['..c', '/..c'],
    ['"quoted" é', '/"quoted" é'],
    ['inner', '/a/b'],
    ['inner/..', ''],
    ['../app/a', '/a'],
    [root, ''],
    [`${root}/`, ''],
    [join(root, 'a'), '/a'],
    [join(top, 'linked', 'a'), '/a'],
    [join(top, 'outside', 'back'), '/a'],
  ])('%j is the real path %j', (wanted, path) => {
    expect(directory.find(wanted)).toBe(`${root}${path}`);
  });

  it.each([
    ['the parent', '..'],
    ['the parent of a child', 'a/../..'],
    ['a directory whose name begins like the root', join(top, 'apple')],
    ['the same, relative', '../apple'],
    ['the directory above', top],
    ['the file system', '/'],
    ['a directory elsewhere', '/tmp'],
    ['a link out', 'out'],
    ['what is beneath a link out', 'out/in'],
    ['an absolute link out', 'absolute'],
    ['a link to a link out', 'chain'],
    ['a loop of links', 'loop'],
    ['a dangling link', 'dangling'],
    ['an absent directory', 'absent'],
    ['an absent directory elsewhere', '/absent'],
    ['a file', 'file'],
    ['beneath a file', 'file/a'],
    ['a link of the kernel', '/proc/self/cwd'],
    ['a NUL', 'a\0/../..'],
    ['a name that is too long', 'a'.repeat(5000)],
    ['a tilde', '~'],
    ['an expansion', '$HOME'],
  ])('%s is no place', (_, wanted) => {
    expect(directory.find(wanted)).toBeNull();
  });

  it('a directory that becomes a link out is no place any more', () => {
    mkdirSync(join(root, 'changing'));
    expect(directory.find('changing')).toBe(join(root, 'changing'));
    renameSync(join(root, 'changing'), join(root, 'changed'));
    symlinkSync(top, join(root, 'changing'));

    expect(directory.find('changing')).toBeNull();
  });
});

describe('a root', () => {
  it('that is a link is what it leads to', () => {
    const directory = new WorkingDirectory('/', join(top, 'linked'));

    expect(directory.find(null)).toBe(root);
    expect(directory.find(join(top, 'linked'))).toBe(root);
    expect(directory.find(top)).toBeNull();
  });

  it('that is the root of all has everything in it', () => {
    const directory = new WorkingDirectory(root, '/');

    expect([null, 'tmp', root].map((each) => directory.find(each))).toEqual(['/', '/tmp', root]);
  });

  it('that is no directory cannot be', () => {
    expect(() => new WorkingDirectory('/', join(root, 'file'))).toThrow('not a directory');
    expect(() => new WorkingDirectory('/', join(root, 'absent'))).toThrow('ENOENT');
  });
});

describe('without a root', () => {
  it.each([
    [null, '/some/where'],
    ['', '/some/where'],
    ['x', '/some/where/x'],
    ['../x', '/some/x'],
    ['/etc', '/etc'],
  ])('%j is %j, there or not', (wanted, path) => {
    expect(new WorkingDirectory('/some/where', null).find(wanted)).toBe(path);
  });
});
