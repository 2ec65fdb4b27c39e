import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Cgroup } from './cgroup.js';
import { Host } from './host.js';
import { loadMultiplier } from './load-multiplier.js';
import { LoadWatch } from './load-watch.js';
import { NvidiaGpu } from './nvidia-gpu.js';
import type { SystemLoad } from './system-load.js';
import { systemLoadOf } from './system-load-of.js';

/** The load of the machine, sampled in the background: asking for it costs nothing and waits for nothing. */
@Injectable()
export class ResourceService implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger(ResourceService.name);
  readonly #host = new Host();
  readonly #cgroup = new Cgroup();
  readonly #gpu: NvidiaGpu;
  readonly #watch: LoadWatch;

  constructor(private readonly config: AppConfig) {
    this.#gpu = new NvidiaGpu(config.process.baseEnvironment, (why) => {
      this.#logger.warn(`GPU load is not known: nvidia-smi does not answer: ${why}`);
    });
    this.#watch = new LoadWatch(
      () => this.#sample(),
      (unknownBecause) => {
        if (unknownBecause === null) this.#logger.log('The load of the machine is known again');
        else this.#logger.warn(`The load of the machine is not known: ${unknownBecause}`);
      },
    );
  }

  /** The last sample; nothing is known before the first, and where there is none of the last 30 s. */
  get load(): SystemLoad {
    return this.#watch.load;
  }

  /** What times are multiplied by under the load there is, ≥ 1. */
  get multiplier(): number {
    return loadMultiplier(this.load, this.config.resource);
  }

  onModuleInit(): void {
    this.#watch.start();
    void this.#gpu.start();
  }

  onModuleDestroy(): void {
    this.#watch.stop();
    this.#gpu.stop();
  }

  async #sample(): Promise<SystemLoad> {
    const host = await this.#host.read();
    const cgroup = await this.#cgroup.read({ cpus: host.cpus, memoryBytes: host.memoryBytes.limit });
    return systemLoadOf(host, cgroup, this.#gpu.load, Date.now());
  }
}
