import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { removeFifoDirectory } from './launcher/fifo-directory.js';
import { JsonLines } from './launcher/json-lines.js';
import type { LauncherSettings } from './launcher/launcher-settings.js';
import type { Order, Report } from './launcher/order.js';
import { launcherArguments } from './launcher-arguments.js';
import type { LauncherLink } from './launcher-link.js';

/** One running launcher process that ends with the service: its orders, its reports, its end. */
export class LauncherProcess implements LauncherLink {
  /** Marks everything this launcher starts. */
  readonly instance = randomUUID();
  readonly #directory: string;
  readonly #process: ChildProcess;
  /** Settles when the process is gone, with what it said last on stderr. */
  readonly ended: Promise<string>;

  /**
   * @param runDirectory gets a directory of the launcher's own, named after the service's pid and the instance
   * @throws where it cannot be written
   */
  constructor(
    runDirectory: string,
    environment: Readonly<Record<string, string>>,
    settings: LauncherSettings,
    onReport: (report: Report) => void,
  ) {
    this.#directory = join(runDirectory, `${String(process.pid)}.${this.instance}`);
    mkdirSync(this.#directory, { mode: 0o700 });
    const args = launcherArguments(this.#directory, this.instance, settings);
    this.#process = spawn(process.execPath, args, {
      detached: true,
      cwd: '/',
      env: { ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const reports = new JsonLines<Report>(onReport);
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      reports.push(text);
    });
    // A launcher that is gone is seen by its exit; what could not be written to it is lost with it.
    this.#process.stdin?.on('error', () => undefined);
    this.ended = this.#watch();
  }

  order(order: Order): void {
    this.#process.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  /** Ends the launcher, and with it whatever it still runs. */
  async end(): Promise<void> {
    this.#process.stdin?.end();
    await this.ended;
  }

  #watch(): Promise<string> {
    let said = '';
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000);
    });
    return new Promise((resolve) => {
      const done = (why: string): void => {
        removeDirectories(this.#directory, this.instance);
        resolve(why);
      };
      this.#process.once('error', (error) => {
        done(error.message);
      });
      this.#process.once('exit', (code, signal) => {
        done(said.trim() || `ended with ${signal ?? `code ${String(code)}`}`);
      });
    });
  }
}

/** A mkfifo that was under way may still add to it; what is left then, the next start removes. */
function removeDirectories(directory: string, instance: string): void {
  try {
    removeFifoDirectory(instance);
    rmSync(directory, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
  } catch (error) {
    new Logger(LauncherProcess.name).warn(`${directory} cannot be removed: ${String(error)}`);
  }
}
