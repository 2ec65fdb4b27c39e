import { ConsoleLogger, type ConsoleLoggerOptions } from '@nestjs/common';
import type { Redaction } from './redaction.js';

/** Names of values that are secrets, whatever they look like. */
const SECRET_NAME = /token|secret|passw|credential|api_?key|authorization|cookie/i;

/** Nest's logger, in whose lines every secret is masked. */
export class RedactingLogger extends ConsoleLogger {
  constructor(
    options: ConsoleLoggerOptions,
    private readonly redaction: Redaction,
  ) {
    super(options);
  }

  /** Every value of a JSON line on its way into it, so that a masked line is JSON still. */
  protected override stringifyReplacer(key: string, value: unknown): unknown {
    const written = super.stringifyReplacer(key, value);
    if (typeof written !== 'string') return written;
    return SECRET_NAME.test(key) ? '***' : this.redaction.mask(written);
  }

  protected override formatMessage(...parts: Parameters<ConsoleLogger['formatMessage']>): string {
    return this.redaction.mask(super.formatMessage(...parts));
  }

  protected override printStackTrace(stack: string): void {
    super.printStackTrace(stack ? this.redaction.mask(stack) : stack);
  }
}
