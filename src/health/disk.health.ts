import { statfs } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { type HealthCheckAttempt, HealthIndicatorService } from '@nestjs/terminus';
import { AppConfig } from '../config/app-config.js';

/** Longest wait for a file system to answer. */
const ANSWER_MS = 500;

/** Up while there is room where DATA_DIR is: without any, no command can be started. */
@Injectable()
export class DiskHealthIndicator {
  constructor(
    private readonly config: AppConfig,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(): HealthCheckAttempt {
    return this.indicators
      .check('disk')
      .attempt(async () => {
        const { bavail, bsize } = await statfs(this.config.data.directory).catch((error: unknown) => {
          throw new Error(`DATA_DIR cannot be looked at (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
        });
        const freeBytes = bavail * bsize;
        if (freeBytes < this.config.health.minFreeDiskBytes)
          throw new Error(`less than MIN_FREE_DISK is left: ${String(freeBytes)} bytes`);
        return { free_bytes: freeBytes };
      })
      .withTimeout(ANSWER_MS);
  }
}
