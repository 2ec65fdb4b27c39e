import { describe, expect, it } from '@jest/globals';
import type { ResourceLimits } from '../../../../src/config/resource-limits.js';
import { excessOfExit } from '../../../../src/process/limit/excess-of-exit.js';

const NONE: ResourceLimits = {
  cpuSeconds: null,
  memoryBytes: null,
  outputBytes: null,
  fileBytes: null,
  processes: null,
  openFiles: null,
};
const CPU = { ...NONE, cpuSeconds: 2 };
const FILE = { ...NONE, fileBytes: 1000 };

describe('the end of a command', () => {
  it.each<[string, number | null, NodeJS.Signals | null, number | null, ResourceLimits, unknown]>([
    ['SIGXCPU', null, 'SIGXCPU', 1.98, CPU, { resource: 'cpuSeconds', limit: 2, observed: 2 }],
    ['SIGXCPU, the time not known', null, 'SIGXCPU', null, CPU, { resource: 'cpuSeconds', limit: 2, observed: 2 }],
    ['SIGKILL after its time', null, 'SIGKILL', 3.01, CPU, { resource: 'cpuSeconds', limit: 2, observed: 3.01 }],
    ['a shell that tells of SIGXCPU', 152, null, 1.99, CPU, { resource: 'cpuSeconds', limit: 2, observed: 2 }],
    ['a failure after its time', 1, null, 2, CPU, { resource: 'cpuSeconds', limit: 2, observed: 2 }],
    ['SIGXFSZ', null, 'SIGXFSZ', 0, FILE, { resource: 'fileBytes', limit: 1000, observed: null }],
    ['a shell that tells of SIGXFSZ', 153, null, 0, FILE, { resource: 'fileBytes', limit: 1000, observed: null }],
  ])('by %s is that of a limit', (_, code, signal, cpuSeconds, limits, excess) => {
    expect(excessOfExit({ code, signal }, cpuSeconds, limits)).toEqual(excess);
  });

  it.each<[string, number | null, NodeJS.Signals | null, number | null, ResourceLimits]>([
    ['SIGXCPU without a limit', null, 'SIGXCPU', 9, NONE],
    ['SIGXCPU with another limit', null, 'SIGXCPU', 9, FILE],
    ['SIGXFSZ without a limit', null, 'SIGXFSZ', 0, CPU],
    ['a failure before its time', 1, null, 1.99, CPU],
    ['SIGKILL before its time', null, 'SIGKILL', 1.99, CPU],
    ['a failure', 1, null, 0, FILE],
    ['success after its time', 0, null, 9, CPU],
    ['nobody knows what', null, null, null, CPU],
  ])('by %s is its own', (_, code, signal, cpuSeconds, limits) => {
    expect(excessOfExit({ code, signal }, cpuSeconds, limits)).toBeNull();
  });
});
