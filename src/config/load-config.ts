import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { AppConfig, type Rate, type TimeRange } from './app-config.js';
import { auditLogFault } from './audit-log-fault.js';
import { baseEnvironment } from './base-environment.js';
import type { HookEntry } from './hook-entry.js';
import { readClassification } from './classification-file.js';
import { COMPLEXITIES, type Complexity } from './complexity.js';
import { ConfigError } from './config-error.js';
import { Environment } from './environment.js';
import { readHeuristics } from './heuristics.js';
import { resolveShell } from './shell.js';
import { userEnvironment } from './user-environment.js';
import { readDetectors } from './detectors-file.js';
import { hookTable } from './hook-table.js';
import { readTableFile } from './table-file.js';
import { directoryFault } from './writable-directory.js';

/** Where there is no PATH. */
const STANDARD_PATH = '/usr/local/bin:/usr/bin:/bin';

/** As much as may wait for a client that is there. */
const LEAST_REPLAY_BYTES = 524_288;

/** How long at least what has ended can be found from other services. */
const LEAST_ENDED_SECONDS = 30;

const SECRET = /^(REDIS_URL|AUTH_TOKEN|CLUSTER_SECRET|REDACT)$/;

/**
 * Reads the configuration from environment variables. An empty value counts as absent (but for ALLOWED_COMMANDS, where
 * it allows nothing). DEFAULT_PORT stands in for PORT.
 * @throws ConfigError that names every fault
 */
export function loadConfig(variables: NodeJS.ProcessEnv): AppConfig {
  const environment = plainToInstance(Environment, knownVariables(variables), { exposeDefaultValues: true });
  const faults = validateSync(environment).map(({ property, constraints = {} }) => {
    const name = nameOf(property, variables);
    // A secret is not repeated.
    const given = SECRET.test(name) ? '' : ` (got ${JSON.stringify(variables[name])})`;
    return `${name}: ${messageOf(property, constraints)}${given}`;
  });
  const shell = resolveShell(environment.CC_EXECUTOR_SHELL, variables['PATH']);
  const isFaulty = (name: string): boolean => faults.some((fault) => fault.startsWith(`${name}:`));
  if (shell === null && !isFaulty('CC_EXECUTOR_SHELL')) {
    faults.push(`CC_EXECUTOR_SHELL: the shell ${environment.CC_EXECUTOR_SHELL} cannot be found or is not executable`);
  }
  const dataDirectory = environment.DATA_DIR ?? defaultDataDirectory(variables);
  const dataFault = directoryFault(dataDirectory);
  if (dataFault !== null && !isFaulty('DATA_DIR')) faults.push(`DATA_DIR: ${dataFault}`);
  const auditFault = auditLogFault(environment.AUDIT_LOG ?? null);
  if (auditFault !== null && !isFaulty('AUDIT_LOG')) faults.push(`AUDIT_LOG: ${auditFault}`);
  const heuristics = readHeuristics(variables, faults);
  const classification = readClassification(
    isFaulty('CLASSIFICATION_FILE') ? null : (environment.CLASSIFICATION_FILE ?? null),
    faults,
  );
  const hooks = readHooks(isFaulty('HOOKS_FILE') ? null : (environment.HOOKS_FILE ?? null), faults);
  const detectors = readDetectors(isFaulty('DETECTORS_FILE') ? null : (environment.DETECTORS_FILE ?? null), faults);
  faults.push(...contradictions(environment));
  if (faults.length > 0 || shell === null) throw new ConfigError(faults);
  const detector = { scope: environment.DETECTORS, table: detectors };
  const tables = { classification, detector, hook: { entries: hooks } };
  return group(environment, shell, dataDirectory, heuristics, tables, variables);
}

function knownVariables(variables: NodeJS.ProcessEnv): Record<string, string> {
  const known: Record<string, string> = {};
  for (const name of Object.keys(new Environment())) {
    const value = name === 'PORT' ? variables['PORT'] || variables['DEFAULT_PORT'] : variables[name];
    if (value !== undefined && (value !== '' || name === 'ALLOWED_COMMANDS')) known[name] = value;
  }
  return known;
}

/** The variable a property was read from. */
function nameOf(property: string, variables: NodeJS.ProcessEnv): string {
  return property === 'PORT' && !variables['PORT'] ? 'DEFAULT_PORT' : property;
}

function messageOf(property: string, constraints: Record<string, string>): string {
  const [first = 'is not valid'] = Object.values(constraints);
  return first.startsWith(`${property} `) ? first.slice(property.length + 1) : first;
}

function group(
  environment: Environment,
  shell: string,
  dataDirectory: string,
  heuristics: Record<string, TimeRange>,
  tables: Pick<AppConfig, 'classification' | 'detector' | 'hook'>,
  variables: NodeJS.ProcessEnv,
): AppConfig {
  const runAs = readUser(environment.RUN_AS);
  return deepFreeze({
    server: {
      host: environment.HOST,
      port: environment.PORT,
      path: environment.WS_PATH,
      maxFrameBytes: environment.WS_MAX_SIZE,
      pingIntervalMs: environment.WS_PING_INTERVAL * 1000,
      pingTimeoutMs: environment.WS_PING_TIMEOUT * 1000,
      heartbeatIntervalMs: environment.WEBSOCKET_HEARTBEAT_INTERVAL * 1000,
    },
    access: {
      tokenSha256: environment.AUTH_TOKEN === undefined ? null : sha256(environment.AUTH_TOKEN),
      tokensFile: environment.AUTH_TOKENS_FILE ?? null,
      maxFailuresPerMinute: environment.AUTH_FAILURES_PER_MINUTE,
      allowedOrigins: environment.ALLOWED_ORIGINS,
      allowedHosts: environment.ALLOWED_HOSTS,
      trustedProxies: environment.TRUSTED_PROXIES,
    },
    session: {
      maxSessions: environment.MAX_SESSIONS,
      scope: environment.SESSION_SCOPE,
      idleTimeoutMs: environment.SESSION_TIMEOUT * 1000,
      maxProcesses: environment.MAX_PROCESSES_PER_SESSION,
      maxProcessesInAll: environment.MAX_PROCESSES ?? null,
      resumeGraceMs: environment.RESUME_GRACE * 1000,
      detachedTtlMs: environment.DETACHED_TTL * 1000,
      completedTtlMs: environment.COMPLETED_TTL * 1000,
    },
    process: {
      shell,
      cleanupTimeoutMs: environment.PROCESS_CLEANUP_TIMEOUT * 1000,
      shutdownGraceMs: environment.SHUTDOWN_GRACE * 1000,
      defaultTimeoutMs:
        environment.DEFAULT_EXECUTION_TIMEOUT === undefined
          ? 'estimated'
          : positiveMs(environment.DEFAULT_EXECUTION_TIMEOUT),
      maxTimeoutMs: positiveMs(environment.MAX_EXECUTION_TIMEOUT),
      silenceNoticeMs: positiveMs(environment.STREAM_TIMEOUT),
      baseEnvironment: { ...baseEnvironment(variables), ...(runAs !== null && userEnvironment(runAs.uid)) },
      runAs,
      isolation: environment.ISOLATION,
      spawnMethod: environment.SPAWN_METHOD,
      readyShells: environment.READY_SHELLS,
      launcher: environment.LAUNCHER,
      launcherTtlMs: environment.LAUNCHER_TTL * 1000,
      cgroup: environment.CGROUP ?? null,
    },
    policy: {
      allowedCommands: environment.ALLOWED_COMMANDS ?? null,
      policyFile: environment.POLICY_FILE ?? null,
      path: variables['PATH'] || STANDARD_PATH,
      directory: process.cwd(),
      workdirRoot: environment.WORKDIR_ROOT ?? null,
    },
    limit: {
      cpuSeconds: environment.LIMIT_CPU_SECONDS ?? null,
      memoryBytes: environment.LIMIT_MEMORY_BYTES ?? null,
      outputBytes: environment.LIMIT_OUTPUT_BYTES ?? null,
      fileBytes: environment.LIMIT_FILE_BYTES ?? null,
      processes: environment.LIMIT_PROCESSES ?? null,
      openFiles: environment.LIMIT_OPEN_FILES ?? null,
    },
    timeout: {
      defaults: defaultRanges(environment),
      unknownMaxMs: environment.DEFAULT_UNKNOWN_MAX * 1000,
      baselineMultiplier: environment.BASELINE_MULTIPLIER,
      heuristics,
      historyTtlMs: environment.HISTORY_TTL * 1000,
      classificationFile: environment.CLASSIFICATION_FILE ?? null,
    },
    resource: { thresholdPercent: environment.RESOURCE_THRESHOLD, multiplier: environment.RESOURCE_MULTIPLIER },
    ...tables,
    redis: { url: environment.REDIS_URL ?? null },
    cluster: {
      isOn: environment.CLUSTER === 'on',
      leaseMs: environment.CLUSTER_LEASE * 1000,
      secret: environment.CLUSTER_SECRET ?? null,
      endedMs: Math.max(environment.COMPLETED_TTL, environment.RESUME_GRACE, LEAST_ENDED_SECONDS) * 1000,
    },
    stream: {
      maxLineBufferBytes: environment.MAX_BUFFER_SIZE,
      replayBufferBytes: environment.REPLAY_BUFFER_BYTES,
      replayTotalBytes: environment.REPLAY_TOTAL_BYTES,
    },
    rate: {
      connections: readRate(environment.RATE_CONNECTIONS),
      requests: readRate(environment.RATE_REQUESTS),
      executions: readRate(environment.RATE_EXECUTIONS),
      scope: environment.RATE_SCOPE,
    },
    log: {
      level: environment.DEBUG && environment.LOG_LEVEL === 'info' ? 'debug' : environment.LOG_LEVEL,
      secretPatterns: environment.REDACT,
    },
    audit: { target: environment.AUDIT_LOG ?? null, commands: environment.AUDIT_COMMANDS },
    health: { maxLoopLagMs: environment.MAX_LOOP_LAG * 1000, minFreeDiskBytes: environment.MIN_FREE_DISK },
    metrics: { access: environment.METRICS },
    data: { directory: dataDirectory },
  });
}

function defaultRanges(environment: Environment): Record<Complexity, TimeRange> {
  const range = (complexity: Complexity): TimeRange => {
    const name = complexity.toUpperCase() as Uppercase<Complexity>;
    return {
      expectedMs: environment[`DEFAULT_${name}_EXPECTED`] * 1000,
      maxMs: environment[`DEFAULT_${name}_MAX`] * 1000,
    };
  };
  return Object.fromEntries(COMPLEXITIES.map((complexity) => [complexity, range(complexity)])) as Record<
    Complexity,
    TimeRange
  >;
}

/** Values that are well-formed alone and cannot stand together. */
function contradictions(environment: Environment): string[] {
  const faults = COMPLEXITIES.map((complexity) => complexity.toUpperCase() as Uppercase<Complexity>)
    .filter((name) => environment[`DEFAULT_${name}_EXPECTED`] > environment[`DEFAULT_${name}_MAX`])
    .map((name) => `DEFAULT_${name}_MAX: must not be less than DEFAULT_${name}_EXPECTED`);
  const { DEFAULT_EXECUTION_TIMEOUT, MAX_EXECUTION_TIMEOUT, SESSION_SCOPE, RATE_SCOPE, REDIS_URL } = environment;
  if (DEFAULT_EXECUTION_TIMEOUT !== undefined && DEFAULT_EXECUTION_TIMEOUT > (MAX_EXECUTION_TIMEOUT ?? Infinity))
    faults.push('DEFAULT_EXECUTION_TIMEOUT: must not be more than MAX_EXECUTION_TIMEOUT');
  const { REPLAY_BUFFER_BYTES } = environment;
  if (REPLAY_BUFFER_BYTES > 0 && REPLAY_BUFFER_BYTES < LEAST_REPLAY_BYTES)
    faults.push(`REPLAY_BUFFER_BYTES: must be 0 or at least ${String(LEAST_REPLAY_BYTES)}`);
  if (REDIS_URL?.startsWith('redis') === true && !URL.canParse(REDIS_URL))
    faults.push('REDIS_URL: cannot be read as a URL');
  if (environment.RUN_AS !== undefined && process.getuid?.() !== 0)
    faults.push('RUN_AS: only a service of root can run commands as another user');
  if (SESSION_SCOPE === 'cluster' && REDIS_URL === undefined)
    faults.push('SESSION_SCOPE: cluster needs REDIS_URL, where the sessions of all services are counted');
  if (environment.CLUSTER === 'on' && REDIS_URL === undefined)
    faults.push('CLUSTER: on needs REDIS_URL, through which the services find each other');
  if (environment.CLUSTER === 'on' && REPLAY_BUFFER_BYTES === 0)
    faults.push('REPLAY_BUFFER_BYTES: must not be 0 with CLUSTER=on');
  if (RATE_SCOPE === 'cluster' && REDIS_URL === undefined)
    faults.push('RATE_SCOPE: cluster needs REDIS_URL, where the doings of a client with all services are counted');
  return faults;
}

function readHooks(file: string | null, faults: string[]): readonly HookEntry[] {
  if (file === null) return [];
  return readTableFile(file, 'HOOKS_FILE', (source, fault) => hookTable(source, dirname(file), fault), faults);
}

/** Of `count/seconds`. */
function readRate(text: string | undefined): Rate | null {
  const [count, seconds] = text?.split('/').map(Number) ?? [];
  return count === undefined || seconds === undefined ? null : { count, seconds };
}

/** `uid:gid`; null = the service's own user. */
function readUser(text: string | undefined): AppConfig['process']['runAs'] {
  if (text === undefined) return null;
  const [uid = 0, gid = 0] = text.split(':').map(Number);
  return { uid, gid };
}

function positiveMs(seconds: number | undefined): number | null {
  return seconds === undefined || seconds === 0 ? null : seconds * 1000;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The XDG state directory: specifications.freedesktop.org/basedir-spec. */
function defaultDataDirectory(variables: NodeJS.ProcessEnv): string {
  const state = variables['XDG_STATE_HOME'];
  return join(state?.startsWith('/') ? state : join(homedir(), '.local', 'state'), 'cc-executor');
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) deepFreeze(part as object);
  }
  return Object.freeze(value);
}
