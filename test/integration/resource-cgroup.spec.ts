import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cgroup } from '../../src/resource/cgroup.js';
import type { CgroupLoad } from '../../src/resource/cgroup-load.js';

const GIB = 1024 ** 3;
const MACHINE = { cpus: 8, memoryBytes: 16 * GIB };
const UNLIMITED_1 = '9223372036854771712\n';
const MOUNT_2 = '30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n';
const NOTHING: CgroupLoad = { cpu: null, memoryBytes: null, cpuPressurePercent: null, memoryPressurePercent: null };

let root: string;
let nowMs: number;
let cgroup: Cgroup;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'integration-'));
  nowMs = 1000;
  cgroup = new Cgroup(root, () => nowMs);
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Writes files below the root, by path. */
function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** A tree of version 2, the process in /pod/box; paths of the files are below the mount. */
function write2(files: Readonly<Record<string, string>>): void {
  write({ 'proc/self/cgroup': '0::/pod/box\n', 'proc/self/mountinfo': MOUNT_2 });
  write(Object.fromEntries(Object.entries(files).map(([path, text]) => [join('sys/fs/cgroup', path), text])));
}

/** A second read, `elapsedMs` after the first, with what was written in between. */
async function readTwice(between: () => void, elapsedMs = 2000): Promise<CgroupLoad> {
  await cgroup.read(MACHINE);
  nowMs += elapsedMs;
  between();
  return cgroup.read(MACHINE);
}

describe('a cgroup of version 2', () => {
  it('uses a part of its CPU limit, from the second sample on', async () => {
    write2({ 'pod/box/cpu.max': '200000 100000\n', 'pod/box/cpu.stat': 'usage_usec 5000000\nuser_usec 1\n' });
    expect((await cgroup.read(MACHINE)).cpu).toEqual({ percent: null });

    nowMs += 2000;
    write2({ 'pod/box/cpu.stat': 'usage_usec 6000000\nuser_usec 1\n' });
    expect((await cgroup.read(MACHINE)).cpu).toEqual({ percent: 25 });
  });

  it.each([
    ['its own', '100000 100000', '800000 100000', 100],
    ["its parent's", '400000 100000', '200000 100000', 75],
    ["its parent's, where it has none", 'max 100000', '200000 100000', 75],
    ['none, as both allow more than there is', '900000 100000', '800000 100000', null],
    ['none, as there is none', 'max 100000', 'max 100000', null],
  ])('is held to the limit that is nearest: %s', async (_, own, parent, percent) => {
    write2({
      'pod/box/cpu.max': own,
      'pod/cpu.max': parent,
      'pod/box/cpu.stat': 'usage_usec 0\n',
      'pod/cpu.stat': 'usage_usec 0\n',
    });
    const load = await readTwice(() => {
      write2({ 'pod/box/cpu.stat': 'usage_usec 2000000\n', 'pod/cpu.stat': 'usage_usec 3000000\n' });
    });

    expect(load.cpu).toEqual(percent === null ? null : { percent });
  });

  it.each([
    ['more than the limit', 'usage_usec 99000000\n', 100],
    ['less than before', 'usage_usec 1\n', null],
    ['garbage', 'usage_usec x\n', null],
    ['nothing', '', null],
  ])('tells a percent or nothing where its counter has %s', async (_, after, percent) => {
    write2({ 'pod/box/cpu.max': '100000 100000', 'pod/box/cpu.stat': 'usage_usec 5000000\n' });

    expect(
      (
        await readTwice(() => {
          write2({ 'pod/box/cpu.stat': after });
        })
      ).cpu,
    ).toEqual({ percent });
  });

  it.each([
    ['its own', GIB, 4 * GIB, { used: GIB / 2, limit: GIB }],
    ["its parent's, where that is nearer", 2 * GIB, 2 * GIB, { used: 1.5 * GIB, limit: 2 * GIB }],
    ["its parent's, where it has none", 'max', 4 * GIB, { used: 1.5 * GIB, limit: 4 * GIB }],
    ['none, as both are more than there is', 16 * GIB, 20 * GIB, null],
    ['none, as none can be read', 'garbage', '', null],
  ])('has a limit of memory, without what can be dropped: %s', async (_, own, parent, memoryBytes) => {
    write2({
      'pod/box/memory.max': `${own}\n`,
      'pod/box/memory.current': `${0.75 * GIB}\n`,
      'pod/box/memory.stat': `anon 1\ninactive_file ${GIB / 4}\n`,
      'pod/memory.max': `${parent}\n`,
      'pod/memory.current': `${1.5 * GIB}\n`,
      'pod/memory.stat': 'inactive_file 0\n',
    });

    expect((await cgroup.read(MACHINE)).memoryBytes).toEqual(memoryBytes);
  });

  it('tells its own pressure, and that of the host where the kernel keeps none of its own', async () => {
    write2({ 'pod/box/cpu.pressure': 'some avg10=12.34 avg60=0\n' });
    write({
      'proc/pressure/cpu': 'some avg10=99.00 avg60=0\n',
      'proc/pressure/memory': 'some avg10=5.00 avg60=0\n',
    });

    expect(await cgroup.read(MACHINE)).toMatchObject({ cpuPressurePercent: 12.3, memoryPressurePercent: 5 });
  });

  it('is looked for again where the process is moved', async () => {
    write2({ 'pod/box/memory.max': `${GIB}`, 'pod/box/memory.current': '1', 'memory.max': 'max' });
    expect((await cgroup.read(MACHINE)).memoryBytes).toEqual({ used: 1, limit: GIB });

    write2({ 'other/memory.max': `${2 * GIB}`, 'other/memory.current': '2' });
    write({ 'proc/self/cgroup': '0::/other\n' });
    expect((await cgroup.read(MACHINE)).memoryBytes).toEqual({ used: 2, limit: 2 * GIB });
  });
});

describe('a cgroup of version 1', () => {
  const mount = (id: string, at: string): string =>
    `31 30 0:27 ${id} /sys/fs/cgroup/${at} rw - cgroup cgroup rw,${at}\n`;

  it('uses a part of its CPU limit, whose use is counted in a hierarchy of its own', async () => {
    write({
      'proc/self/cgroup': '3:cpuacct:/a/b\n2:cpu:/a/b\n',
      'proc/self/mountinfo': mount('/', 'cpu') + mount('/', 'cpuacct'),
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu/a/cpu.cfs_quota_us': '400000\n',
      'sys/fs/cgroup/cpu/a/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpuacct/a/cpuacct.usage': '1000000000\n',
    });
    const load = await readTwice(() => {
      write({ 'sys/fs/cgroup/cpuacct/a/cpuacct.usage': '5000000000\n' });
    });

    expect(load.cpu).toEqual({ percent: 50 });
  });

  it('of which a container sees only its own part is what is mounted', async () => {
    write({
      'proc/self/cgroup': '4:memory:/docker/x\n2:cpu,cpuacct:/docker/x\n',
      'proc/self/mountinfo': mount('/docker/x', 'cpu,cpuacct') + mount('/docker/x', 'memory'),
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '50000\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/cpu,cpuacct/cpuacct.usage': '0\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': `${GIB}\n`,
      'sys/fs/cgroup/memory/memory.usage_in_bytes': `${GIB / 2}\n`,
      'sys/fs/cgroup/memory/memory.stat': `inactive_file 5\ntotal_inactive_file ${GIB / 4}\n`,
    });
    const load = await readTwice(() => {
      write({ 'sys/fs/cgroup/cpu,cpuacct/cpuacct.usage': '900000000\n' });
    });

    expect(load).toEqual({ ...NOTHING, cpu: { percent: 90 }, memoryBytes: { used: GIB / 4, limit: GIB } });
  });

  it('without limits has none', async () => {
    write({
      'proc/self/cgroup': '4:memory:/\n2:cpu,cpuacct:/\n0::/\n',
      'proc/self/mountinfo': mount('/', 'cpu,cpuacct') + mount('/', 'memory'),
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/cpu,cpuacct/cpuacct.usage': '5\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': UNLIMITED_1,
      'sys/fs/cgroup/memory/memory.usage_in_bytes': '5\n',
    });

    expect(await readTwice(() => undefined)).toEqual(NOTHING);
  });
});

describe('a cgroup', () => {
  it('that is not there limits nothing', async () => {
    expect(await cgroup.read(MACHINE)).toEqual(NOTHING);
  });

  it('whose files are directories limits nothing', async () => {
    write2({ 'pod/box/cpu.max/x': '', 'pod/box/memory.max/x': '', 'pod/box/cpu.pressure/x': '' });

    expect(await cgroup.read(MACHINE)).toEqual(NOTHING);
  });

  it('is read on this machine', async () => {
    const { cpu, memoryBytes, cpuPressurePercent } = await new Cgroup().read(MACHINE);

    expect(cpu?.percent ?? null).toBeNull();
    expect(memoryBytes === null || memoryBytes.used <= memoryBytes.limit).toBe(true);
    expect(cpuPressurePercent === null || (cpuPressurePercent >= 0 && cpuPressurePercent <= 100)).toBe(true);
  });
});
