import { Logger } from '@nestjs/common';

/** Why the service is to end, and with which exit code. */
export interface StopRequest {
  readonly reason: string;
  readonly exitCode: 0 | 1;
}

const SAME_SIGNAL_MS = 500;

/** Faults that are logged after the first one; a fault of the log itself would have no end. */
const MAX_FURTHER_FAULTS = 10;

/**
 * Asks the service once to stop in order: on the first SIGTERM or SIGINT, or on an error that nobody caught, which is
 * logged as fatal. A second signal ends it at once: the launcher kills what is left. One Ctrl-C may arrive twice, from the
 * terminal and from npm, within a moment.
 */
export function onStopRequest(stop: (request: StopRequest) => void): void {
  let isStopping = false;
  let signaledAt: number | null = null;
  const ask = (request: StopRequest): void => {
    if (isStopping) return;
    isStopping = true;
    stop(request);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (signaledAt !== null && performance.now() - signaledAt > SAME_SIGNAL_MS) process.exit(1);
      signaledAt ??= performance.now();
      ask({ reason: signal, exitCode: 0 });
    });
  }
  onFault((what) => {
    ask({ reason: what, exitCode: 1 });
  });
}

function onFault(listener: (what: string) => void): void {
  const logger = new Logger('Service');
  let faults = 0;
  const tell = (what: string, error: unknown): void => {
    faults++;
    if (faults > 1 + MAX_FURTHER_FAULTS) return;
    logger.fatal(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    listener(what);
  };
  process.on('uncaughtException', (error) => {
    tell('Uncaught exception', error);
  });
  process.on('unhandledRejection', (error) => {
    tell('Unhandled rejection', error);
  });
}
