import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import type { AuditEntry } from './audit-entry.js';
import { AuditFile } from './audit-file.js';
import { auditLine, type AuditLineOptions } from './audit-line.js';
import { Redaction } from './redaction.js';

/**
 * The account of who ran what: one line of JSON for each entry, in order, to a file or to stdout. It holds nobody up; what
 * becomes of it is told in the log, a line for each change.
 */
@Injectable()
export class AuditLog implements OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger(AuditLog.name);
  readonly #options: AuditLineOptions;
  readonly #file: AuditFile | null;
  readonly #write: ((line: string) => void) | null;
  readonly #onHangup = (): void => {
    this.#file?.check();
  };

  constructor(config: AppConfig) {
    const { target, commands } = config.audit;
    this.#options = { commands, redaction: new Redaction(config.log.secretPatterns) };
    this.#file = target === null || target === 'stdout' ? null : this.#open(target);
    this.#write =
      target === null
        ? null
        : (line) => {
            if (this.#file === null) process.stdout.write(line);
            else this.#file.append(line);
          };
  }

  /** A log that is rotated tells so by SIGHUP; in a terminal that is the terminal's own end. */
  onModuleInit(): void {
    if (this.#file === null) return;
    this.#file.check();
    if (!process.stdout.isTTY) process.on('SIGHUP', this.#onHangup);
  }

  /** False where nothing is kept. */
  get isOn(): boolean {
    return this.#write !== null;
  }

  record(entry: AuditEntry): void {
    this.#write?.(auditLine(entry, new Date(), this.#options));
  }

  /** Writes what waits, for two seconds at most. */
  async onApplicationShutdown(): Promise<void> {
    process.off('SIGHUP', this.#onHangup);
    const lost = (await this.#file?.close()) ?? 0;
    if (lost > 0) this.#logger.error(`${String(lost)} lines of the audit log are lost`);
  }

  #open(path: string): AuditFile {
    return new AuditFile(path, {
      failed: (code) => {
        this.#logger.error(`The audit log ${path} cannot be written: ${code}`);
      },
      recovered: () => {
        this.#logger.log(`The audit log ${path} is written again`);
      },
      droppedLine: (count) => {
        this.#logger.error(`The audit log ${path} lacks ${String(count)} lines that it could not take in time`);
        return `${JSON.stringify({ time: new Date().toISOString(), event: 'dropped', count })}\n`;
      },
    });
  }
}
