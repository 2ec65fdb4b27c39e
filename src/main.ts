import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger, type LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import type { AppConfig } from './config/app-config.js';
import type { LogLevelName } from './config/environment.js';
import { readConfig } from './config/read-config.js';
import { Admission } from './gateway/admission.js';
import { isOriginAllowed } from './policy/origin-check.js';
import { hostFaults } from './process/host-faults.js';
import { JsonRpcAdapter } from './rpc/json-rpc.adapter.js';
import type { UpgradeRefusal } from './rpc/upgrade-refusal.js';
import { SessionService } from './session/session.service.js';
import { RedactingLogger } from './telemetry/redacting-logger.js';
import { Redaction } from './telemetry/redaction.js';

/** EX_UNAVAILABLE of sysexits(3). */
const EXIT_UNAVAILABLE = 69;

const SAME_SIGNAL_MS = 500;

await serve(await readConfig(hostFaults));

async function serve(config: AppConfig): Promise<void> {
  const isTerminal = process.stdout.isTTY;
  // The framework's own account of its start is of no use to those who run the service.
  const logger = new RedactingLogger(
    { json: !isTerminal, colors: isTerminal, logLevels: ['fatal', 'error', 'warn'] },
    new Redaction(config.log.secretPatterns),
  );
  const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger });
  const sessions = app.get(SessionService);
  const admission = app.get(Admission);
  app.disable('x-powered-by');
  app.useWebSocketAdapter(
    new JsonRpcAdapter(
      app.getHttpServer(),
      config.server,
      (request) => {
        const client = { tokenName: null, address: request.socket.remoteAddress ?? '' };
        return admission.connection(client, refusalOf(request));
      },
      admission,
    ),
  );
  const log = new Logger('Service');
  /** What speaks against a connection, whoever asks for it and however often. */
  function refusalOf(request: IncomingMessage): UpgradeRefusal | null {
    if (sessions.isDraining) return { status: 503, error: 'Service is shutting down', retryAfter: 5 };
    if (!isOriginAllowed(request, config.server.allowedOrigins)) return { status: 403, error: 'Origin not allowed' };
    return null;
  }
  onStopSignal((signal) => {
    log.log(`${signal}: shutting down`);
    void app.close().then(() => process.exit(0));
  });
  await listen(app, config.server);
  logger.setLogLevels(levelsFrom(config.log.level));
  const { address, port } = app.getHttpServer().address() as AddressInfo;
  log.log(`Listening on ws://${address.includes(':') ? `[${address}]` : address}:${String(port)}${config.server.path}`);
  if (!isLoopback(address)) log.warn(`Whoever reaches ${address} can run commands as this user`);
  if (config.process.allowedCommands === null) log.warn('Every command is allowed: ALLOWED_COMMANDS is not set');
}

/** Listens, or tells in a line why that cannot be, and ends. */
async function listen(app: NestExpressApplication, { host, port }: AppConfig['server']): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    process.stderr.write(
      `Cannot listen on ${host}:${String(port)}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exit(EXIT_UNAVAILABLE);
  }
}

/**
 * The first SIGTERM or SIGINT stops the service in order, a second one at once: the launcher kills what is left. One
 * Ctrl-C may arrive twice, from the terminal and from npm, within a moment.
 */
function onStopSignal(stop: (signal: string) => void): void {
  let stoppingSince: number | null = null;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stoppingSince === null) {
        stoppingSince = performance.now();
        stop(signal);
      } else if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(1);
    });
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

/** Nest's levels from the configured one up. */
function levelsFrom(level: LogLevelName): LogLevel[] {
  const levels: LogLevel[] = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];
  return levels.slice(levels.indexOf(level === 'info' ? 'log' : level));
}
