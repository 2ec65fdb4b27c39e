import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cgroupLevels } from '../../../src/resource/cgroup-levels.js';
import { cpuQuota } from '../../../src/resource/cpu-quota.js';
import { cpuTicks } from '../../../src/resource/cpu-ticks.js';
import { keyedNumber } from '../../../src/resource/keyed-number.js';
import { pressurePercent } from '../../../src/resource/pressure-percent.js';

const STAT = `cpu  10 1 20 300 40 5 6 7 8 9
cpu0 5 0 10 150 20 2 3 3 4 4
cpu1 5 1 10 150 20 3 3 4 4 5
intr 12345 0 1
ctxt 99
`;

describe('the processors of the host', () => {
  it('are added up: idle and waiting for I/O is not busy, stolen time is, guest time is counted once', () => {
    expect(cpuTicks(STAT)).toEqual({ busy: 49, total: 389, cpus: 2 });
  });

  it('are read where the kernel tells no more than the first times', () => {
    expect(cpuTicks('cpu  1 2 3 4\ncpu0 1 2 3 4\n')).toEqual({ busy: 6, total: 10, cpus: 1 });
  });

  it.each([null, '', 'cpu', 'cpu  1 2', 'cpu  1 x 3 4', 'cpu  1 -2 3 4', 'cpu0 1 2 3 4 5 6 7 8', 'garbage'])(
    'are not told by %j',
    (text) => {
      expect(cpuTicks(text)).toBeNull();
    },
  );
});

describe('a limit of CPU time', () => {
  it.each([
    ['200000 100000\n', 2],
    ['50000 100000\n', 0.5],
    ['150000\n 100000\n', 1.5],
    ['max 100000\n', null],
    ['-1 100000', null],
    ['100000', null],
    ['100000 0', null],
    ['0 100000', null],
    ['garbage', null],
    ['', null],
    [null, null],
  ])('%j allows %p processors', (text, expected) => {
    expect(cpuQuota(text)).toBe(expected);
  });
});

describe('a flat keyed file', () => {
  const text = 'total_inactive_file 7\ninactive_file 4096\nusage_usec 12\nbroken\nmax max\n';

  it.each([
    ['usage_usec', 12],
    ['inactive_file', 4096],
    ['total_inactive_file', 7],
    ['file', null],
    ['broken', null],
    ['max', null],
  ])('tells of %s: %p', (key, expected) => {
    expect(keyedNumber(text, key)).toBe(expected);
  });

  it('that is not there tells nothing', () => {
    expect(keyedNumber(null, 'usage_usec')).toBeNull();
  });
});

describe('a pressure file', () => {
  it.each([
    ['some avg10=47.55 avg60=18.74 avg300=5.85 total=4405734744\nfull avg10=1.00 avg60=0 avg300=0 total=0\n', 47.6],
    ['some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n', 0],
    ['some avg10=250.00 avg60=0', 100],
    ['full avg10=1.00 avg60=0.00', null],
    ['some avg10=NaN avg60=0.00', null],
    ['some avg10=', null],
    ['', null],
    [null, null],
  ])('%j tells %p', (text, expected) => {
    expect(pressurePercent(text)).toBe(expected);
  });
});

describe('the directories of a cgroup', () => {
  const V2 = '30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';
  const V1 = (root: string, controllers: string): string =>
    `31 30 0:27 ${root} /sys/fs/cgroup/${controllers} rw,relatime shared:9 - cgroup cgroup rw,${controllers}`;

  it.each([
    ['0::/', ['/sys/fs/cgroup']],
    ['0::/a', ['/sys/fs/cgroup/a', '/sys/fs/cgroup']],
    ['0::/a/b c/d', ['/sys/fs/cgroup/a/b c/d', '/sys/fs/cgroup/a/b c', '/sys/fs/cgroup/a', '/sys/fs/cgroup']],
    // Outside of its cgroup namespace.
    ['0::/../../other', ['/sys/fs/cgroup']],
  ])('of version 2 by %j', (membership, unified) => {
    expect(cgroupLevels(`${membership}\n`, `${V2}\n`)).toEqual({ unified, controllers: {} });
  });

  it('of version 1 are told by controller, those mounted together too', () => {
    const membership = '4:memory:/docker/x\n3:cpuset:/\n2:cpu,cpuacct:/docker/x\n1:name=systemd:/docker/x\n';
    const mounts = [V1('/', 'memory'), V1('/', 'cpu,cpuacct')].join('\n');

    expect(cgroupLevels(membership, mounts)).toMatchObject({
      unified: [],
      controllers: {
        memory: ['/sys/fs/cgroup/memory/docker/x', '/sys/fs/cgroup/memory/docker', '/sys/fs/cgroup/memory'],
        cpu: ['/sys/fs/cgroup/cpu,cpuacct/docker/x', '/sys/fs/cgroup/cpu,cpuacct/docker', '/sys/fs/cgroup/cpu,cpuacct'],
        cpuacct: expect.arrayContaining(['/sys/fs/cgroup/cpu,cpuacct']),
        cpuset: [],
      },
    });
  });

  it.each([
    ['is what is mounted', '/docker/x', ['/sys/fs/cgroup/memory']],
    ['is below it', '/docker', ['/sys/fs/cgroup/memory/x', '/sys/fs/cgroup/memory']],
    ['only begins like it', '/dock', ['/sys/fs/cgroup/memory']],
    ['is elsewhere', '/other', ['/sys/fs/cgroup/memory']],
  ])('in a container, where the cgroup %s', (_, root, memory) => {
    expect(cgroupLevels('4:memory:/docker/x\n', V1(root, 'memory')).controllers).toEqual({ memory });
  });

  it('of a mixture are told of both versions', () => {
    const mounts = [V1('/', 'cpu'), V2.replace('/sys/fs/cgroup ', '/sys/fs/cgroup/unified ')].join('\n');

    expect(cgroupLevels('1:cpu:/\n0::/\n', mounts)).toEqual({
      unified: ['/sys/fs/cgroup/unified'],
      controllers: { cpu: ['/sys/fs/cgroup/cpu'] },
    });
  });

  it('have their blanks back where the list of mounts writes them as digits', () => {
    const mounts = V2.replace('/sys/fs/cgroup ', '/sys/fs/c\\040group ');

    expect(cgroupLevels('0::/a\n', mounts).unified).toEqual(['/sys/fs/c group/a', '/sys/fs/c group']);
  });

  it.each([
    [null, null],
    ['', ''],
    ['garbage', V2],
    ['0:', V2],
    ['x::/', V2],
    ['0::relative', V2],
    ['0::/', null],
    ['0::/', 'a b c - cgroup2'],
  ])('are none by %j and %j', (membership, mounts) => {
    expect(cgroupLevels(membership, mounts)).toEqual({ unified: [], controllers: {} });
  });
});

describe('the readers of kernel files', () => {
  it.each<[string, (text: string) => unknown]>([
    ['cpuTicks', cpuTicks],
    ['cpuQuota', cpuQuota],
    ['pressurePercent', pressurePercent],
    ['keyedNumber', (text) => keyedNumber(text, 'a')],
    ['cgroupLevels', (text) => cgroupLevels(text, text)],
  ])('%s take any text', (_, read) => {
    const line = fc.constantFrom('cpu  1 2 3 4', '0::/a', '1:cpu:/', 'some avg10=1', 'a 1', '1 2 3 / / - cgroup2 x y');
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.oneof(line, fc.string())).map((lines) => lines.join('\n')),
    );
    fc.assert(
      fc.property(text, (given) => {
        expect(JSON.stringify(read(given))).not.toContain('NaN');
      }),
    );
  });
});
