import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { ConsoleLogger, Logger, type LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import type { AppConfig } from './config/app-config.js';
import type { LogLevelName } from './config/environment.js';
import { readConfig } from './config/read-config.js';
import { isOriginAllowed } from './policy/origin-check.js';
import { JsonRpcAdapter } from './rpc/json-rpc.adapter.js';
import { SessionService } from './session/session.service.js';

await serve(await readConfig());

async function serve(config: AppConfig): Promise<void> {
  const isTerminal = process.stdout.isTTY;
  // The framework's own account of its start is of no use to those who run the service.
  const logger = new ConsoleLogger({ json: !isTerminal, colors: isTerminal, logLevels: ['fatal', 'error', 'warn'] });
  const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger });
  const sessions = app.get(SessionService);
  app.disable('x-powered-by');
  app.useWebSocketAdapter(
    new JsonRpcAdapter(app.getHttpServer(), config.server, (request) => {
      if (sessions.isDraining) return { status: 503, error: 'Service is shutting down', retryAfter: 5 };
      if (!isOriginAllowed(request, config.server.allowedOrigins)) return { status: 403, error: 'Origin not allowed' };
      return null;
    }),
  );
  await app.listen(config.server.port, config.server.host);
  logger.setLogLevels(levelsFrom(config.log.level));
  const log = new Logger('Service');
  const { address, port } = app.getHttpServer().address() as AddressInfo;
  log.log(`Listening on ws://${address.includes(':') ? `[${address}]` : address}:${String(port)}${config.server.path}`);
  if (!isLoopback(address)) log.warn(`Whoever reaches ${address} can run commands as this user`);
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

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

/** Nest's levels from the configured one up. */
function levelsFrom(level: LogLevelName): LogLevel[] {
  const levels: LogLevel[] = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];
  return levels.slice(levels.indexOf(level === 'info' ? 'log' : level));
}
