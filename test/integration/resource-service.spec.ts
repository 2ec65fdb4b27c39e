import 'reflect-metadata';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppConfig } from '../../src/config/app-config.js';
import { loadConfig } from '../../src/config/load-config.js';
import { Host } from '../../src/resource/host.js';
import { ResourceModule } from '../../src/resource/resource.module.js';
import { ResourceService } from '../../src/resource/resource.service.js';
import { UNKNOWN_LOAD } from '../../src/resource/system-load.js';
import { eventually } from '../e2e/support/eventually.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'integration-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function config(variables: Readonly<Record<string, string>> = {}): AppConfig {
  return loadConfig({
    PATH: `${directory}:/usr/bin:/bin`,
    CC_EXECUTOR_SHELL: 'bash',
    DATA_DIR: directory,
    ...variables,
  });
}

function installGpu(script: string): void {
  writeFileSync(join(directory, 'nvidia-smi'), `#!/bin/sh\necho $$ >'${directory}/pid'\n${script}\n`);
  chmodSync(join(directory, 'nvidia-smi'), 0o755);
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** The room as the service has it, started. */
async function start(given: AppConfig): Promise<INestApplicationContext> {
  const configured: DynamicModule = {
    module: class Configured {},
    global: true,
    providers: [{ provide: AppConfig, useValue: given }],
    exports: [AppConfig],
  };
  return NestFactory.createApplicationContext(
    { module: class App {}, imports: [configured, ResourceModule] },
    { logger: false },
  );
}

describe('the load of this machine', () => {
  it('is not known at first, and soon after', async () => {
    const room = await start(config());
    const service = room.get(ResourceService);
    expect(service.load).toEqual(UNKNOWN_LOAD);
    expect(service.multiplier).toBe(1);
    const load = await eventually(
      () => service.load,
      ({ cpuPercent }) => cpuPercent !== null,
    );
    await room.close();

    for (const percent of [load.cpuPercent, load.memoryPercent]) {
      expect(percent).toBeGreaterThanOrEqual(0);
      expect(percent).toBeLessThanOrEqual(100);
    }
    expect(load.memoryBytes!.used).toBeGreaterThan(0);
    expect(load.memoryBytes!.limit).toBeGreaterThan(load.memoryBytes!.used);
    expect(load.sampledAt).toBeLessThanOrEqual(Date.now());
    expect(load).toMatchObject({ gpuPercent: null, gpuMemoryPercent: null });
  });

  it('multiplies times where a GPU is above the threshold, and leaves no program when the service ends', async () => {
    installGpu("while echo '15, 10, 100'; do sleep 0.05; done");
    const room = await start(config({ RESOURCE_THRESHOLD: '14.9', RESOURCE_MULTIPLIER: '2.5' }));
    const service = room.get(ResourceService);
    const load = await eventually(
      () => service.load,
      ({ gpuPercent }) => gpuPercent !== null,
    );
    expect(load).toMatchObject({ gpuPercent: 15, gpuMemoryPercent: 10 });
    expect(service.multiplier).toBe(2.5);

    await room.close();
    const pid = Number(readFileSync(join(directory, 'pid'), 'utf8'));
    await eventually(
      () => isAlive(pid),
      (alive) => !alive,
    );
  });
});

describe('the host', () => {
  function writeStat(text: string): void {
    mkdirSync(join(directory, 'proc'), { recursive: true });
    writeFileSync(join(directory, 'proc/stat'), text);
  }

  it('has used its processors since the sample before', async () => {
    const host = new Host(directory);
    writeStat('cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 1 1 1\ncpu1 1 1 1 1\n');
    expect(await host.read()).toMatchObject({ cpuPercent: null, cpus: 2 });
    writeStat('cpu  150 0 100 900 50 0 0 0 0 0\ncpu0 1 1 1 1\ncpu1 1 1 1 1\n');

    expect(await host.read()).toMatchObject({ cpuPercent: 25, cpus: 2 });
    expect(await host.read()).toMatchObject({ cpuPercent: null });
  });

  it.each(['', 'garbage', 'cpu  1 x 3 4\n'])('that tells %j of them is not known to use any', async (text) => {
    const host = new Host(directory);
    writeStat(text);
    await host.read();

    expect((await host.read()).cpuPercent).toBeNull();
  });

  it('without a process table has its memory told', async () => {
    const { cpuPercent, cpus, memoryBytes } = await new Host(join(directory, 'none')).read();

    expect(cpuPercent).toBeNull();
    expect(cpus).toBeGreaterThan(0);
    expect(memoryBytes.limit).toBeGreaterThan(memoryBytes.used);
  });
});
