import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';
import { Logger, type LoggerService, type LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import type { AppConfig } from './config/app-config.js';
import type { LogLevelName } from './config/environment.js';
import { ConfigError } from './config/config-error.js';
import { forgetToken } from './config/forget-token.js';
import { readConfig } from './config/read-config.js';
import { Doorkeeper } from './policy/access/doorkeeper.js';
import { HttpGuard } from './policy/access/http-guard.js';
import { CommandPolicy } from './policy/command/command-policy.js';
import { openCommandPolicy } from './policy/command/open-command-policy.js';
import { HttpDocument } from './document/http-document.js';
import { Admission } from './gateway/admission.js';
import { onStopRequest } from './health/stop-requests.js';
import { hostFaults } from './process/host-faults.js';
import { JsonRpcAdapter } from './rpc/json-rpc.adapter.js';
import { SessionService } from './session/session.service.js';
import { RedactingLogger } from './telemetry/redacting-logger.js';
import { Redaction } from './telemetry/redaction.js';

/** EX_UNAVAILABLE and EX_CONFIG of sysexits(3). */
const EXIT_UNAVAILABLE = 69;
const EXIT_CONFIG = 78;

/** Time beyond all others after which the end is no longer waited for. */
const STUCK_MS = 15_000;
/** Longest that a timer can be set to. */
const MAX_DELAY_MS = 2_147_483_647;

const DRAINING = { status: 503, error: 'Service is shutting down', retryAfter: 5 } as const;

await serve(await readConfig(hostFaults));

async function serve(config: AppConfig): Promise<void> {
  const isTerminal = process.stdout.isTTY;
  // The framework's own account of its start is of no use to those who run the service.
  const logger = new RedactingLogger(
    { json: !isTerminal, flattenParams: true, colors: isTerminal, logLevels: ['fatal', 'error', 'warn'] },
    new Redaction(config.log.secretPatterns),
  );
  const stopping = new AbortController();
  requirePolicy(config);
  const doorkeeper = await openDoor(config, stopping.signal, logger);
  const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger });
  const sessions = app.get(SessionService);
  const admission = app.get(Admission);
  app.disable('x-powered-by');
  app.get(HttpDocument).describes(app);
  const guard = new HttpGuard(doorkeeper);
  app.use(guard.named);
  if (config.metrics.access === 'on') app.use('/metrics', guard.admitted);
  const adapter = new JsonRpcAdapter(
    app.getHttpServer(),
    config.server,
    async (request) => {
      const decision = await doorkeeper.admit(request);
      if ('refusal' in decision) {
        admission.turnAway(doorkeeper.strangerOf(request), decision.refusal);
        return decision;
      }
      const refusal = await admission.connection(decision.identity, sessions.isDraining ? DRAINING : null);
      return refusal === null ? decision : { refusal };
    },
    admission,
  );
  app.useWebSocketAdapter(adapter);
  doorkeeper.onChange(() => {
    adapter.closeWhere((identity) => !doorkeeper.stillAdmits(identity), 'Token is no longer valid');
  });
  const log = new Logger('Service');
  onStopRequest(({ reason, exitCode }) => {
    log.log(`${reason}: shutting down`);
    sessions.refuseWork();
    stopping.abort();
    void end(app, config.process, log).then((isInOrder) => process.exit(isInOrder ? exitCode : 1));
  });
  const isTokenForgotten = forgetToken();
  await listen(app, config.server);
  logger.setLogLevels(levelsFrom(config.log.level));
  const { address, port } = app.getHttpServer().address() as AddressInfo;
  log.log(`Listening on ws://${address.includes(':') ? `[${address}]` : address}:${String(port)}${config.server.path}`);
  if (!doorkeeper.needsToken) log.warn('Every user and program of this machine may connect: AUTH_TOKEN is not set');
  if (!isTokenForgotten) log.warn('Commands can read AUTH_TOKEN in /proc: use AUTH_TOKENS_FILE');
  if (config.cluster.isOn && config.cluster.secret === null)
    log.warn('Whoever reaches Redis may control commands: CLUSTER_SECRET is not set');
  const policy = app.get(CommandPolicy);
  for (const name of policy.missing) log.warn(`ALLOWED_COMMANDS: ${name} is no program in PATH and stays refused`);
  if (policy.isOpen) log.warn('Every command is allowed: ALLOWED_COMMANDS is not set');
}

/** What may run is known, or a line for each fault, and the end: the framework would tell them its own way. */
function requirePolicy(config: AppConfig): void {
  try {
    openCommandPolicy(config.policy);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}

/** Who may connect, or a line for each fault, and the end. */
async function openDoor(config: AppConfig, signal: AbortSignal, logger: LoggerService): Promise<Doorkeeper> {
  Logger.overrideLogger(logger);
  try {
    return await Doorkeeper.open(config.access, config.server.host, signal);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
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

/** Ends the rooms one after the other. @returns false where one of them failed to end, or would not */
async function end(
  app: NestExpressApplication,
  { shutdownGraceMs, cleanupTimeoutMs }: AppConfig['process'],
  log: Logger,
) {
  const tooLong = delay(Math.min(shutdownGraceMs + cleanupTimeoutMs + STUCK_MS, MAX_DELAY_MS), false, { ref: false });
  try {
    const isInOrder = await Promise.race([app.close().then(() => true), tooLong]);
    if (!isInOrder) log.fatal('The shutdown is stuck');
    return isInOrder;
  } catch (error) {
    log.fatal(`The shutdown failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return false;
  }
}

/** Nest's levels from the configured one up. */
function levelsFrom(level: LogLevelName): LogLevel[] {
  const levels: LogLevel[] = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];
  return levels.slice(levels.indexOf(level === 'info' ? 'log' : level));
}
