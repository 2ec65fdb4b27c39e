import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { ConsoleLogger, Logger, type LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { AppConfig } from './config/app-config.js';
import { ConfigError } from './config/config-error.js';
import type { LogLevelName } from './config/environment.js';
import { isOriginAllowed } from './policy/origin-check.js';
import { JsonRpcAdapter } from './rpc/json-rpc.adapter.js';
import { SessionService } from './session/session.service.js';

/** EX_CONFIG of sysexits(3). */
const EXIT_CONFIG = 78;

try {
  await serve();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = EXIT_CONFIG;
}

async function serve(): Promise<void> {
  const logger = new ConsoleLogger({ json: !process.stdout.isTTY, colors: process.stdout.isTTY });
  const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger, bufferLogs: true, abortOnError: false });
  const config = app.get(AppConfig);
  const sessions = app.get(SessionService);
  logger.setLogLevels(levelsFrom(config.log.level));
  app.disable('x-powered-by');
  app.useWebSocketAdapter(
    new JsonRpcAdapter(app.getHttpServer(), config.server, (request) => {
      if (sessions.isDraining) return { status: 503, error: 'Service is shutting down', retryAfter: 5 };
      if (!isOriginAllowed(request, config.server.allowedOrigins)) return { status: 403, error: 'Origin not allowed' };
      return null;
    }),
  );
  await app.listen(config.server.port, config.server.host);
  const { address, port } = app.getHttpServer().address() as AddressInfo;
  const log = new Logger('Service');
  log.log(`Listening on ws://${address.includes(':') ? `[${address}]` : address}:${String(port)}${config.server.path}`);
  if (config.process.allowedCommands === null) log.warn('Every command is allowed: ALLOWED_COMMANDS is not set');

  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // A second signal means: at once. The launcher kills what is left.
      if (stopping) process.exit(1);
      stopping = true;
      log.log(`${signal}: shutting down`);
      void sessions
        .drain()
        .then(() => app.close())
        .then(() => process.exit(0));
    });
  }
}

/** Nest's levels from the configured one up. */
function levelsFrom(level: LogLevelName): LogLevel[] {
  const levels: LogLevel[] = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];
  return levels.slice(levels.indexOf(level === 'info' ? 'log' : level));
}
