import { describe, expect, it } from '@jest/globals';
import type { CgroupLoad } from '../../../src/resource/cgroup-load.js';
import { UNKNOWN_GPU_LOAD } from '../../../src/resource/gpu-load.js';
import { systemLoadOf } from '../../../src/resource/system-load-of.js';

const HOST = { cpuPercent: 5, cpus: 64, memoryBytes: { used: 10, limit: 1000 } };
const UNLIMITED: CgroupLoad = { cpu: null, memoryBytes: null, cpuPressurePercent: 1, memoryPressurePercent: 2 };
const MEMORY = { used: 90, limit: 100 };

describe('the load of the system', () => {
  it.each<[string, Partial<CgroupLoad>, object]>([
    ['no limit', {}, { cpuPercent: 5, memoryPercent: 1, limitedBy: 'host', memoryBytes: HOST.memoryBytes }],
    ['a limit of CPU time', { cpu: { percent: 80 } }, { cpuPercent: 80, memoryPercent: 1, limitedBy: 'cgroup' }],
    ['a limit whose use is not known yet', { cpu: { percent: null } }, { cpuPercent: null, limitedBy: 'cgroup' }],
    ['a limit of memory', { memoryBytes: MEMORY }, { cpuPercent: 5, memoryPercent: 90, limitedBy: 'cgroup' }],
    ['both', { cpu: { percent: 0 }, memoryBytes: MEMORY }, { cpuPercent: 0, memoryPercent: 90, memoryBytes: MEMORY }],
  ])('under %s', (_, limits, expected) => {
    const load = systemLoadOf(HOST, { ...UNLIMITED, ...limits }, UNKNOWN_GPU_LOAD, 1234);

    expect(load).toMatchObject({ cpuPressurePercent: 1, memoryPressurePercent: 2, sampledAt: 1234, ...expected });
  });

  it('has the figures of the GPUs', () => {
    const gpu = { gpuPercent: 30, gpuMemoryPercent: 40 };

    expect(systemLoadOf(HOST, UNLIMITED, gpu, 0)).toMatchObject(gpu);
  });
});
