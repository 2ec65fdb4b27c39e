import { homedir, tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import type { AppConfig } from '../../../src/config/app-config.js';
import { ConfigError } from '../../../src/config/config-error.js';
import { Environment } from '../../../src/config/environment.js';
import { loadConfig } from '../../../src/config/load-config.js';

type Variables = Readonly<Record<string, string>>;

const TMP = tmpdir();
const SHELL = { CC_EXECUTOR_SHELL: '/bin/sh' };

function load(variables: Variables = {}): AppConfig {
  return loadConfig({ ...SHELL, ...variables });
}

/** The faults that the environment is refused for. */
function faults(variables: Variables): readonly string[] {
  try {
    load(variables);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

/** A value of the configuration, by its section and name. */
function at(config: AppConfig, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], config);
}

describe('an empty environment', () => {
  it('gives the defaults', () => {
    expect(load()).toEqual({
      server: {
        host: '127.0.0.1',
        port: 8003,
        path: '/ws/mcp',
        maxFrameBytes: 10_485_760,
        pingIntervalMs: 20_000,
        pingTimeoutMs: 30_000,
        heartbeatIntervalMs: 30_000,
      },
      access: {
        tokenSha256: null,
        tokensFile: null,
        maxFailuresPerMinute: 10,
        allowedOrigins: [],
        allowedHosts: [],
        trustedProxies: [],
      },
      session: {
        maxSessions: 100,
        idleTimeoutMs: 3_600_000,
        maxProcesses: 1,
        maxProcessesInAll: null,
        resumeGraceMs: 60_000,
        detachedTtlMs: 86_400_000,
        completedTtlMs: 300_000,
        scope: 'local',
      },
      process: {
        shell: '/bin/sh',
        cleanupTimeoutMs: 10_000,
        shutdownGraceMs: 0,
        defaultTimeoutMs: 'estimated',
        maxTimeoutMs: null,
        silenceNoticeMs: 600_000,
        baseEnvironment: {},
        runAs: null,
        isolation: 'none',
        spawnMethod: 'posix_spawn',
        readyShells: 8,
        launcher: 'attached',
        launcherTtlMs: 3_600_000,
        cgroup: null,
      },
      policy: {
        allowedCommands: null,
        policyFile: null,
        path: '/usr/local/bin:/usr/bin:/bin',
        directory: process.cwd(),
        workdirRoot: null,
      },
      detector: { scope: 'text', table: { lineBytes: 4096, jsonBytes: 262_144, entries: expect.any(Array) } },
      hook: { entries: [] },
      limit: {
        cpuSeconds: null,
        memoryBytes: null,
        outputBytes: null,
        fileBytes: null,
        processes: null,
        openFiles: null,
      },
      timeout: {
        defaults: {
          trivial: { expectedMs: 5000, maxMs: 15_000 },
          low: { expectedMs: 20_000, maxMs: 60_000 },
          simple: { expectedMs: 10_000, maxMs: 30_000 },
          medium: { expectedMs: 60_000, maxMs: 180_000 },
          high: { expectedMs: 120_000, maxMs: 360_000 },
          complex: { expectedMs: 180_000, maxMs: 600_000 },
          extreme: { expectedMs: 300_000, maxMs: 900_000 },
        },
        unknownMaxMs: 600_000,
        baselineMultiplier: 3,
        heuristics: {},
        historyTtlMs: 604_800_000,
        classificationFile: null,
      },
      classification: { rules: expect.any(Array), wrappers: expect.any(Array) },
      resource: { thresholdPercent: 14, multiplier: 3 },
      cluster: {
        isOn: false,
        leaseMs: 10_000,
        secret: null,
        endedMs: 300_000,
      },
      redis: { url: null },
      stream: { maxLineBufferBytes: 8_388_608, replayBufferBytes: 8_388_608, replayTotalBytes: 268_435_456 },
      rate: { connections: null, requests: null, executions: null, scope: 'local' },
      log: { level: 'info', secretPatterns: [] },
      audit: { target: null, commands: 'digest' },
      health: { maxLoopLagMs: 1000, minFreeDiskBytes: 16_777_216 },
      metrics: { access: 'on' },
      data: { directory: `${homedir()}/.local/state/cc-executor` },
    });
  });

  it('finds a shell', () => {
    expect(loadConfig({}).process.shell).toMatch(/^\/.*\/(zsh|bash)$/);
  });
});

describe('a variable', () => {
  it.each<[string, string, string, unknown]>([
    ['HOST', '::1', 'server.host', '::1'],
    ['HOST', '0.0.0.0', 'server.host', '0.0.0.0'],
    ['PORT', '0', 'server.port', 0],
    ['PORT', '65535', 'server.port', 65_535],
    ['DEFAULT_PORT', '9000', 'server.port', 9000],
    ['WS_PATH', '/', 'server.path', '/'],
    ['WS_PATH', '/a/b-c_d.e~1', 'server.path', '/a/b-c_d.e~1'],
    ['MAX_SESSIONS', '1', 'session.maxSessions', 1],
    ['MAX_SESSIONS', '100000', 'session.maxSessions', 100_000],
    ['SESSION_TIMEOUT', '1', 'session.idleTimeoutMs', 1000],
    ['SESSION_TIMEOUT', '1.5', 'session.idleTimeoutMs', 1500],
    ['SESSION_TIMEOUT', '31536000', 'session.idleTimeoutMs', 31_536_000_000],
    ['MAX_PROCESSES_PER_SESSION', '10000', 'session.maxProcesses', 10_000],
    ['MAX_PROCESSES', '1', 'session.maxProcessesInAll', 1],
    ['MAX_PROCESSES', '100000', 'session.maxProcessesInAll', 100_000],
    ['RATE_CONNECTIONS', '1/1', 'rate.connections', { count: 1, seconds: 1 }],
    ['RATE_REQUESTS', '9999999/99999', 'rate.requests', { count: 9_999_999, seconds: 99_999 }],
    ['RATE_EXECUTIONS', '100/60', 'rate.executions', { count: 100, seconds: 60 }],
    ['RATE_EXECUTIONS', '', 'rate.executions', null],
    ['AUDIT_LOG', 'stdout', 'audit.target', 'stdout'],
    ['AUDIT_LOG', '/dev/null', 'audit.target', '/dev/null'],
    ['AUDIT_LOG', `${TMP}/none.jsonl`, 'audit.target', `${TMP}/none.jsonl`],
    ['AUDIT_COMMANDS', 'text', 'audit.commands', 'text'],
    ['REDACT', 'hunter2, corp-*,', 'log.secretPatterns', ['hunter2', 'corp-*']],
    ['MAX_BUFFER_SIZE', '65536', 'stream.maxLineBufferBytes', 65_536],
    ['MAX_BUFFER_SIZE', '1073741824', 'stream.maxLineBufferBytes', 1_073_741_824],
    ['STREAM_TIMEOUT', '0', 'process.silenceNoticeMs', null],
    ['STREAM_TIMEOUT', '0.5', 'process.silenceNoticeMs', 500],
    ['PROCESS_CLEANUP_TIMEOUT', '0', 'process.cleanupTimeoutMs', 0],
    ['SHUTDOWN_GRACE', '2.5', 'process.shutdownGraceMs', 2500],
    ['MAX_LOOP_LAG', '0.05', 'health.maxLoopLagMs', 50],
    ['MIN_FREE_DISK', '0', 'health.minFreeDiskBytes', 0],
    ['METRICS', 'off', 'metrics.access', 'off'],
    ['DEFAULT_EXECUTION_TIMEOUT', '60', 'process.defaultTimeoutMs', 60_000],
    ['DEFAULT_EXECUTION_TIMEOUT', '0', 'process.defaultTimeoutMs', null],
    ['MAX_EXECUTION_TIMEOUT', '60', 'process.maxTimeoutMs', 60_000],
    ['LIMIT_CPU_SECONDS', '1', 'limit.cpuSeconds', 1],
    ['LIMIT_MEMORY_BYTES', '16777216', 'limit.memoryBytes', 16_777_216],
    ['LIMIT_OUTPUT_BYTES', '9007199254740991', 'limit.outputBytes', 2 ** 53 - 1],
    ['LIMIT_FILE_BYTES', '1', 'limit.fileBytes', 1],
    ['LIMIT_PROCESSES', '64', 'limit.processes', 64],
    ['LIMIT_OPEN_FILES', '16', 'limit.openFiles', 16],
    ['ISOLATION', 'sandbox', 'process.isolation', 'sandbox'],
    ['SPAWN_METHOD', 'fork', 'process.spawnMethod', 'fork'],
    ['READY_SHELLS', '0', 'process.readyShells', 0],
    ['LAUNCHER', 'detached', 'process.launcher', 'detached'],
    ['LAUNCHER_TTL', '60', 'process.launcherTtlMs', 60_000],
    ['CGROUP', '/sys/fs/cgroup/x', 'process.cgroup', '/sys/fs/cgroup/x'],
    ['DEFAULT_TRIVIAL_EXPECTED', '0.5', 'timeout.defaults.trivial.expectedMs', 500],
    ['DEFAULT_EXTREME_MAX', '7200', 'timeout.defaults.extreme.maxMs', 7_200_000],
    ['DEFAULT_UNKNOWN_MAX', '0', 'timeout.unknownMaxMs', 0],
    ['BASELINE_MULTIPLIER', '1.5', 'timeout.baselineMultiplier', 1.5],
    ['HISTORY_TTL', '60', 'timeout.historyTtlMs', 60_000],
    ['RESOURCE_THRESHOLD', '50.5', 'resource.thresholdPercent', 50.5],
    ['RESOURCE_MULTIPLIER', '1', 'resource.multiplier', 1],
    ['REDIS_URL', 'redis://user:secret@127.0.0.1:6379/2', 'redis.url', 'redis://user:secret@127.0.0.1:6379/2'],
    ['REDIS_URL', '/run/redis.sock', 'redis.url', '/run/redis.sock'],
    ['CLUSTER_LEASE', '1.5', 'cluster.leaseMs', 1500],
    ['CLUSTER_SECRET', 'of-all-our-services', 'cluster.secret', 'of-all-our-services'],
    ['HEURISTIC_BUILD_MAKE_ALL', '60:300.5', 'timeout.heuristics.BUILD_MAKE_ALL.expectedMs', 60_000],
    ['WS_PING_INTERVAL', '0.1', 'server.pingIntervalMs', 100],
    ['WS_PING_TIMEOUT', '0.1', 'server.pingTimeoutMs', 100],
    ['WS_MAX_SIZE', '1024', 'server.maxFrameBytes', 1024],
    ['WS_MAX_SIZE', '268435456', 'server.maxFrameBytes', 268_435_456],
    ['WEBSOCKET_HEARTBEAT_INTERVAL', '0.1', 'server.heartbeatIntervalMs', 100],
    ['RESUME_GRACE', '30', 'session.resumeGraceMs', 30_000],
    ['DETACHED_TTL', '60', 'session.detachedTtlMs', 60_000],
    ['COMPLETED_TTL', '0', 'session.completedTtlMs', 0],
    ['REPLAY_BUFFER_BYTES', '0', 'stream.replayBufferBytes', 0],
    ['REPLAY_BUFFER_BYTES', '524288', 'stream.replayBufferBytes', 524_288],
    ['REPLAY_TOTAL_BYTES', '8388608', 'stream.replayTotalBytes', 8_388_608],
    ['CC_EXECUTOR_SHELL', 'default', 'process.shell', '/bin/sh'],
    ['ALLOWED_COMMANDS', 'ls', 'policy.allowedCommands', ['ls']],
    ['ALLOWED_COMMANDS', ' ls , git,,/bin/true ', 'policy.allowedCommands', ['ls', 'git', '/bin/true']],
    ['ALLOWED_COMMANDS', '', 'policy.allowedCommands', []],
    ['ALLOWED_COMMANDS', ' , ', 'policy.allowedCommands', []],
    [
      'ALLOWED_ORIGINS',
      'https://a.example, http://b.example:1',
      'access.allowedOrigins',
      ['https://a.example', 'http://b.example:1'],
    ],
    ['LOG_LEVEL', 'warn', 'log.level', 'warn'],
    ['LOG_LEVEL', 'ERROR', 'log.level', 'error'],
    ['LOG_LEVEL', 'fatal', 'log.level', 'fatal'],
    ['LOG_LEVEL', 'verbose', 'log.level', 'verbose'],
    ['DEBUG', 'true', 'log.level', 'debug'],
    ['DEBUG', '1', 'log.level', 'debug'],
    ['DEBUG', 'YES', 'log.level', 'debug'],
    ['DEBUG', 'on', 'log.level', 'debug'],
    ['DEBUG', 'false', 'log.level', 'info'],
    ['DEBUG', '0', 'log.level', 'info'],
    ['DEBUG', 'No', 'log.level', 'info'],
    ['DEBUG', 'off', 'log.level', 'info'],
    ['DATA_DIR', `${TMP}/data`, 'data.directory', `${TMP}/data`],
    ['XDG_STATE_HOME', `${TMP}/state`, 'data.directory', `${TMP}/state/cc-executor`],
    ['XDG_STATE_HOME', 'relative', 'data.directory', `${homedir()}/.local/state/cc-executor`],
  ])('%s=%s sets %s to %j', (name, value, path, expected) => {
    expect(at(load({ [name]: value }), path)).toEqual(expected);
  });

  it.each([...Object.keys(new Environment()), 'DEFAULT_PORT'].filter((name) => name !== 'ALLOWED_COMMANDS'))(
    '%s that is empty counts as absent',
    (name) => {
      const empty = name === 'CC_EXECUTOR_SHELL' ? loadConfig({ [name]: '' }) : load({ [name]: '' });
      const absent = name === 'CC_EXECUTOR_SHELL' ? loadConfig({}) : load();

      expect(empty).toEqual(absent);
    },
  );

  it('PORT comes before DEFAULT_PORT, which stands in for an empty one', () => {
    expect(load({ PORT: '1', DEFAULT_PORT: '2' }).server.port).toBe(1);
    expect(load({ PORT: '0', DEFAULT_PORT: '2' }).server.port).toBe(0);
    expect(load({ PORT: '', DEFAULT_PORT: '2' }).server.port).toBe(2);
  });

  it('DEBUG does not overrule a LOG_LEVEL of its own', () => {
    expect(load({ DEBUG: 'true', LOG_LEVEL: 'error' }).log.level).toBe('error');
    expect(load({ DEBUG: 'true', LOG_LEVEL: 'verbose' }).log.level).toBe('verbose');
  });

  it('DATA_DIR comes before XDG_STATE_HOME', () => {
    expect(load({ DATA_DIR: `${TMP}/a`, XDG_STATE_HOME: `${TMP}/b` }).data.directory).toBe(`${TMP}/a`);
  });
});

describe('a wrong value', () => {
  it.each<[string, string, RegExp]>([
    ['PORT', '65536', /65535/],
    ['PORT', '-1', /0/],
    ['PORT', '80.5', /whole number/],
    ['PORT', 'http', /whole number/],
    ['PORT', '0x50', /whole number/],
    ['PORT', '1e3', /whole number/],
    ['PORT', '8003;', /whole number/],
    ['PORT', ' ', /whole number/],
    ['PORT', 'NaN', /whole number/],
    ['PORT', 'Infinity', /whole number/],
    ['WS_PATH', 'ws', /path/],
    ['WS_PATH', '/ws?x', /path/],
    ['WS_PATH', '/ws x', /path/],
    ['MAX_SESSIONS', '0', /1/],
    ['MAX_SESSIONS', '100001', /100000/],
    ['SESSION_TIMEOUT', '0.9', /1/],
    ['SESSION_TIMEOUT', '31536001', /31536000/],
    ['SESSION_TIMEOUT', '1h', /seconds/],
    ['MAX_PROCESSES_PER_SESSION', '0', /1/],
    ['MAX_PROCESSES_PER_SESSION', '10001', /10000/],
    ['MAX_BUFFER_SIZE', '65535', /65536/],
    ['MAX_BUFFER_SIZE', '1073741825', /1073741824/],
    ['MAX_BUFFER_SIZE', '8M', /whole number/],
    ['STREAM_TIMEOUT', '-1', /0/],
    ['STREAM_TIMEOUT', '31536001', /31536000/],
    ['PROCESS_CLEANUP_TIMEOUT', '-0.1', /0/],
    ['SHUTDOWN_GRACE', '-1', /0/],
    ['MAX_LOOP_LAG', '0', /0.01/],
    ['METRICS', 'yes', /on, open, off/],
    ['PROCESS_CLEANUP_TIMEOUT', '31536001', /31536000/],
    ['DEFAULT_EXECUTION_TIMEOUT', '-1', /0/],
    ['DEFAULT_EXECUTION_TIMEOUT', 'none', /seconds/],
    ['DEFAULT_EXECUTION_TIMEOUT', '31536001', /31536000/],
    ['DEFAULT_EXECUTION_TIMEOUT', 'estimated', /seconds/],
    ['MAX_EXECUTION_TIMEOUT', '0', /1/],
    ['MAX_EXECUTION_TIMEOUT', 'x', /seconds/],
    ['DEFAULT_LOW_EXPECTED', '0', /0\.001/],
    ['DEFAULT_LOW_MAX', '19', /not be less/],
    ['BASELINE_MULTIPLIER', '0.5', /1/],
    ['BASELINE_MULTIPLIER', 'x', /number/],
    ['HISTORY_TTL', '0', /1/],
    ['CLASSIFICATION_FILE', 'rules.yaml', /absolute path/],
    ['POLICY_FILE', 'policy.yaml', /absolute path/],
    ['WORKDIR_ROOT', 'work', /absolute path/],
    ['CLASSIFICATION_FILE', '/no/such/rules.yaml', /cannot be read/],
    ['RESOURCE_THRESHOLD', '101', /100/],
    ['RESOURCE_THRESHOLD', 'x', /percentage/],
    ['RESOURCE_MULTIPLIER', '0.9', /1/],
    ['MAX_PROCESSES', '0', /1/],
    ['MAX_PROCESSES', '100001', /100000/],
    ['RATE_CONNECTIONS', '10', /count\/seconds/],
    ['RATE_CONNECTIONS', '0/1', /count\/seconds/],
    ['RATE_REQUESTS', '1/0', /count\/seconds/],
    ['RATE_REQUESTS', '1/100000', /count\/seconds/],
    ['RATE_EXECUTIONS', '1.5/1', /count\/seconds/],
    ['RATE_EXECUTIONS', '1/1/1', /count\/seconds/],
    ['RATE_SCOPE', 'world', /local, cluster/],
    ['RATE_SCOPE', 'cluster', /REDIS_URL/],
    ['AUDIT_LOG', 'audit.jsonl', /absolute path/],
    ['AUDIT_LOG', 'stderr', /stdout/],
    ['AUDIT_LOG', TMP, /not a file/],
    ['AUDIT_LOG', '/no/such/audit.jsonl', /ENOENT/],
    ['AUDIT_COMMANDS', 'none', /digest, text/],
    ['REDACT', 'abc', /4 to 256/],
    ['REDACT', 'good,a*b*', /4 to 256/],
    ['REDACT', '*', /4 to 256/],
    ['SESSION_SCOPE', 'world', /local, cluster/],
    ['SESSION_SCOPE', 'cluster', /REDIS_URL/],
    ['CLUSTER', 'yes', /on, off/],
    ['CLUSTER', 'on', /REDIS_URL/],
    ['CLUSTER_LEASE', '0.4', /0\.5/],
    ['CLUSTER_SECRET', 'too short', /16 to 256/],
    ['REDIS_URL', 'http://127.0.0.1', /redis:\/\//],
    ['REDIS_URL', 'redis://127.0.0.1:99999', /URL/],
    ['REDIS_URL', 'redis://127.0.0.1/nine', /redis:\/\//],
    ['HEURISTIC_BUILD_MAKE', '60', /expected:max/],
    ['HEURISTIC_BUILD_MAKE', '60:30', /expected:max/],
    ['HEURISTIC_BUILD_MAKE', '0:30', /expected:max/],
    ['HEURISTIC_BUILD_MAKE', '60:x', /expected:max/],
    ['HEURISTIC_build', '60:90', /capitals/],
    ['WS_PING_INTERVAL', '0', /0\.1/],
    ['WS_PING_TIMEOUT', '0', /0\.1/],
    ['WS_PING_TIMEOUT', 'x', /seconds/],
    ['WS_MAX_SIZE', '1023', /1024/],
    ['WS_MAX_SIZE', '268435457', /268435456/],
    ['WEBSOCKET_HEARTBEAT_INTERVAL', '0', /0\.1/],
    ['RESUME_GRACE', '-1', /0/],
    ['DETACHED_TTL', '0', /1/],
    ['COMPLETED_TTL', '-1', /0/],
    ['REPLAY_BUFFER_BYTES', '524287', /524288/],
    ['REPLAY_BUFFER_BYTES', '1073741825', /1073741824/],
    ['REPLAY_TOTAL_BYTES', '1048575', /1048576/],
    ['CC_EXECUTOR_SHELL', 'fish', /zsh, bash, default or an absolute path/],
    ['CC_EXECUTOR_SHELL', 'bin/sh', /zsh, bash, default or an absolute path/],
    ['CC_EXECUTOR_SHELL', '/no/such/shell', /cannot be found/],
    ['CC_EXECUTOR_SHELL', '/etc/passwd', /not executable/],
    ['CC_EXECUTOR_SHELL', '/bin', /not executable/],
    ['LOG_LEVEL', 'loud', /verbose, debug, info, warn, error, fatal/],
    ['LOG_LEVEL', 'constructor', /verbose/],
    ['DEBUG', 'maybe', /true or false/],
    ['DEBUG', '2', /true or false/],
    ['DEBUG', 'constructor', /true or false/],
    ['DEBUG', '__proto__', /true or false/],
    ['LIMIT_CPU_SECONDS', '0', /1/],
    ['LIMIT_CPU_SECONDS', '1.5', /whole number/],
    ['LIMIT_MEMORY_BYTES', '16777215', /16777216/],
    ['LIMIT_OUTPUT_BYTES', '1M', /whole number/],
    ['LIMIT_OUTPUT_BYTES', '9007199254740992', /9007199254740991/],
    ['LIMIT_FILE_BYTES', '-1', /1/],
    ['LIMIT_PROCESSES', '0', /1/],
    ['LIMIT_OPEN_FILES', '15', /16/],
    ['RUN_AS', 'nobody', /uid:gid/],
    ['RUN_AS', '65534', /uid:gid/],
    ['RUN_AS', '-1:0', /uid:gid/],
    ['CGROUP', 'x', /absolute path/],
    ['ISOLATION', 'chroot', /none, pidns, sandbox/],
    ['DATA_DIR', 'data', /absolute path/],
    ['DATA_DIR', './data', /absolute path/],
    ['DATA_DIR', '/etc/passwd/data', /cannot be written|is not a directory/],
  ])('%s=%j is refused with one line that names it', (name, value, reason) => {
    const found = faults({ [name]: value });

    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(reason);
    expect(found[0]!.startsWith(`${name}: `)).toBe(true);
    expect(found[0]!).not.toContain('\n');
    expect(found[0]!.slice(name.length + 2)).not.toContain(name);
  });

  it('that may hold a secret is not repeated', () => {
    expect(faults({ REDIS_URL: 'user:secret@127.0.0.1' })[0]).not.toContain('secret');
    expect(faults({ CLUSTER_SECRET: 'a secret' })[0]).not.toContain('a secret');
  });

  it('that is well-formed alone may contradict another', () => {
    expect(faults({ DEFAULT_EXECUTION_TIMEOUT: '60', MAX_EXECUTION_TIMEOUT: '30' })).toEqual([
      'DEFAULT_EXECUTION_TIMEOUT: must not be more than MAX_EXECUTION_TIMEOUT',
    ]);
  });

  it('says what it was', () => {
    expect(faults({ PORT: 'h\nttp' })[0]).toContain('(got "h\\nttp")');
  });

  it('of DEFAULT_PORT is told of DEFAULT_PORT', () => {
    const [fault] = faults({ DEFAULT_PORT: 'http' });

    expect(fault).toMatch(/^DEFAULT_PORT: .*"http"/);
  });

  it('is told together with all the others', () => {
    const found = faults({
      PORT: 'x',
      MAX_SESSIONS: '0',
      DEBUG: 'maybe',
      CC_EXECUTOR_SHELL: '/no/such/shell',
      DATA_DIR: 'data',
      WS_PATH: 'ws',
    });

    expect(found.map((fault) => fault.split(':', 1)[0]).sort()).toEqual([
      'CC_EXECUTOR_SHELL',
      'DATA_DIR',
      'DEBUG',
      'MAX_SESSIONS',
      'PORT',
      'WS_PATH',
    ]);
  });

  it('is told in the message of the error too, a line each', () => {
    const error = new ConfigError(['A: is wrong', 'B: is wrong too']);

    expect(error.message.split('\n')).toEqual(['Invalid configuration', 'A: is wrong', 'B: is wrong too']);
  });
});

describe('the environment of commands', () => {
  it('is the service’s own, less all that configures the service', () => {
    const own = {
      HOME: '/root',
      PATH: '/bin',
      LANG: 'C',
      ANTHROPIC_API_KEY: 'k',
      HTTPS_PROXY: 'p',
      EMPTY: '',
      MY_PORT: '1',
      HOSTNAME: 'h',
      NODE_OPTIONS: '',
      AUTHOR: 'x',
    };
    const names = [
      ...Object.keys(new Environment()),
      ...[
        'DEFAULT_PORT',
        'AUTH_TOKEN',
        'AUTH_',
        'REDIS_URL',
        'REDIS_PASSWORD',
        'CC_EXECUTOR_INSTANCE',
        'CC_EXECUTOR_EXECUTION_ID',
      ],
      ...[
        'CC_EXECUTOR_ANYTHING',
        'npm_config_registry',
        'npm_package_name',
        'npm_lifecycle_event',
        'INIT_CWD',
        'PWD',
        'OLDPWD',
      ],
    ];
    // Values that every variable accepts or that none reads.
    const service = Object.fromEntries(names.map((name) => [name, '']));

    expect(loadConfig({ ...own, ...service }).process.baseEnvironment).toEqual(own);
  });

  it('has no secret of the service, whatever it is worth', () => {
    const { baseEnvironment } = load({
      AUTH_TOKEN: 'secret-1-of-16-characters',
      REDIS_URL: 'redis://u:secret-2@h',
      CC_EXECUTOR_TOKEN: 'secret-3',
      PATH: '/bin',
    }).process;

    expect(baseEnvironment).toEqual({ PATH: '/bin' });
  });

  it('leaves out what is undefined', () => {
    expect(loadConfig({ ...SHELL, A: undefined, B: 'b' }).process.baseEnvironment).toEqual({ B: 'b' });
  });
});

describe('the configuration', () => {
  it('is read-only, in every part', () => {
    const config = load({ ALLOWED_COMMANDS: 'ls', PATH: '/bin' });
    const parts = (value: unknown): object[] =>
      typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(parts)] : [];

    expect(parts(config).length).toBeGreaterThan(8);
    for (const part of parts(config)) expect(Object.isFrozen(part)).toBe(true);
    expect(() => {
      (config.server as { port: number }).port = 1;
    }).toThrow(TypeError);
    expect(() => (config.policy.allowedCommands as string[]).push('rm')).toThrow(TypeError);
  });

  it('does not follow the environment it was read from', () => {
    const variables: Record<string, string> = { ...SHELL, PORT: '1', A: 'a' };
    const config = loadConfig(variables);
    variables['PORT'] = '2';
    variables['A'] = 'b';

    expect(config.server.port).toBe(1);
    expect(config.process.baseEnvironment).toEqual({ A: 'a' });
  });
});
