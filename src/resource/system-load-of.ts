import type { CgroupLoad } from './cgroup-load.js';
import type { GpuLoad } from './gpu-load.js';
import type { HostLoad } from './host-load.js';
import { percentOf } from './percent-of.js';
import type { SystemLoad } from './system-load.js';

/** One picture of host, cgroup and GPUs. A limit of the cgroup hides the host's figure, also while its own is not known. */
export function systemLoadOf(host: HostLoad, cgroup: CgroupLoad, gpu: GpuLoad, sampledAt: number): SystemLoad {
  const memoryBytes = cgroup.memoryBytes ?? host.memoryBytes;
  return {
    cpuPercent: cgroup.cpu === null ? host.cpuPercent : cgroup.cpu.percent,
    memoryPercent: percentOf(memoryBytes.used, memoryBytes.limit),
    gpuPercent: gpu.gpuPercent,
    gpuMemoryPercent: gpu.gpuMemoryPercent,
    cpuPressurePercent: cgroup.cpuPressurePercent,
    memoryPressurePercent: cgroup.memoryPressurePercent,
    limitedBy: cgroup.cpu === null && cgroup.memoryBytes === null ? 'host' : 'cgroup',
    memoryBytes,
    sampledAt,
  };
}
