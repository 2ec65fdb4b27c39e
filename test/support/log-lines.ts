import { Logger } from '@nestjs/common';

/** Takes what the service logs, in place of the output, until `stop`. */
export class LogLines {
  readonly lines: string[] = [];

  constructor() {
    const take = (message: unknown): void => {
      this.lines.push(String(message));
    };
    Logger.overrideLogger({ log: take, warn: take, error: take, debug: take, verbose: take, fatal: take });
  }

  /** The lines since the last time. */
  take(): string[] {
    return this.lines.splice(0);
  }

  stop(): void {
    Logger.overrideLogger(['log', 'warn', 'error']);
  }
}
