import { Transform } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  MinLength,
} from 'class-validator';

/** Log levels by their names, quietest last. */
const LOG_LEVELS = ['verbose', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevelName = (typeof LOG_LEVELS)[number];

const MAX_SECONDS = 31_536_000;

/**
 * The service's environment, one property per variable, with its default. Durations are seconds, sizes bytes.
 * A property's type, bounds and default are the whole definition; `config/.env.example` and the README repeat it
 * for readers.
 */
export class Environment {
  @IsString()
  @MinLength(1)
  HOST: string = '127.0.0.1';

  @Integer(0, 65_535)
  PORT: number = 8003;

  @Matches(/^\/[A-Za-z0-9._~/-]*$/, { message: 'must be a path that starts with /' })
  WS_PATH: string = '/ws/mcp';

  @Integer(1, 100_000)
  MAX_SESSIONS: number = 100;

  @IsIn(['local', 'cluster'])
  SESSION_SCOPE: 'local' | 'cluster' = 'local';

  @Seconds(1)
  SESSION_TIMEOUT: number = 3600;

  @Integer(1, 10_000)
  MAX_PROCESSES_PER_SESSION: number = 1;

  @IsOptional()
  @Integer(1, 100_000)
  MAX_PROCESSES: number | undefined = undefined;

  @Integer(65_536, 1_073_741_824)
  MAX_BUFFER_SIZE: number = 8_388_608;

  @Seconds(0)
  STREAM_TIMEOUT: number = 600;

  @Seconds(0)
  PROCESS_CLEANUP_TIMEOUT: number = 10;

  @Seconds(0)
  SHUTDOWN_GRACE: number = 0;

  @IsOptional()
  @Seconds(0)
  DEFAULT_EXECUTION_TIMEOUT: number | undefined = undefined;

  @IsOptional()
  @Seconds(1)
  MAX_EXECUTION_TIMEOUT: number | undefined = undefined;

  @Seconds(0.001)
  DEFAULT_TRIVIAL_EXPECTED: number = 5;

  @Seconds(0.001)
  DEFAULT_TRIVIAL_MAX: number = 15;

  @Seconds(0.001)
  DEFAULT_LOW_EXPECTED: number = 20;

  @Seconds(0.001)
  DEFAULT_LOW_MAX: number = 60;

  @Seconds(0.001)
  DEFAULT_SIMPLE_EXPECTED: number = 10;

  @Seconds(0.001)
  DEFAULT_SIMPLE_MAX: number = 30;

  @Seconds(0.001)
  DEFAULT_MEDIUM_EXPECTED: number = 60;

  @Seconds(0.001)
  DEFAULT_MEDIUM_MAX: number = 180;

  @Seconds(0.001)
  DEFAULT_HIGH_EXPECTED: number = 120;

  @Seconds(0.001)
  DEFAULT_HIGH_MAX: number = 360;

  @Seconds(0.001)
  DEFAULT_COMPLEX_EXPECTED: number = 180;

  @Seconds(0.001)
  DEFAULT_COMPLEX_MAX: number = 600;

  @Seconds(0.001)
  DEFAULT_EXTREME_EXPECTED: number = 300;

  @Seconds(0.001)
  DEFAULT_EXTREME_MAX: number = 900;

  @Seconds(0)
  DEFAULT_UNKNOWN_MAX: number = 600;

  @Factor(1)
  BASELINE_MULTIPLIER: number = 3;

  @Seconds(1)
  HISTORY_TTL: number = 604_800;

  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  CLASSIFICATION_FILE: string | undefined = undefined;

  @Percent()
  RESOURCE_THRESHOLD: number = 14;

  @Factor(1)
  RESOURCE_MULTIPLIER: number = 3;

  @IsOptional()
  @Matches(/^(rediss?:\/\/[^\s/?#]*(\/\d{0,9})?(\?\S*)?|\/\S+)$/, {
    message: 'must be a redis:// or rediss:// URL with a number as its path, or the path of a socket',
  })
  REDIS_URL: string | undefined = undefined;

  @Seconds(0.1)
  WS_PING_INTERVAL: number = 20;

  @Seconds(0.1)
  WS_PING_TIMEOUT: number = 30;

  @Integer(1024, 268_435_456)
  WS_MAX_SIZE: number = 10_485_760;

  @Seconds(0.1)
  WEBSOCKET_HEARTBEAT_INTERVAL: number = 30;

  @Seconds(0)
  RESUME_GRACE: number = 60;

  @Seconds(1)
  DETACHED_TTL: number = 86_400;

  @Seconds(0)
  COMPLETED_TTL: number = 300;

  @Integer(0, 1_073_741_824)
  REPLAY_BUFFER_BYTES: number = 8_388_608;

  @Integer(1_048_576, Number.MAX_SAFE_INTEGER)
  REPLAY_TOTAL_BYTES: number = 268_435_456;

  @Matches(/^(zsh|bash|default|\/.+)$/, { message: 'must be zsh, bash, default or an absolute path' })
  CC_EXECUTOR_SHELL: string = 'zsh';

  @IsOptional()
  @CommaSeparated()
  ALLOWED_COMMANDS: string[] | undefined = undefined;

  @IsOptional()
  @Matches(/^[A-Za-z0-9._~+/-]{16,}=*$/, {
    message: 'must be 16 or more of the characters A-Z a-z 0-9 . _ ~ + / -, and = only at the end',
  })
  AUTH_TOKEN: string | undefined = undefined;

  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  AUTH_TOKENS_FILE: string | undefined = undefined;

  @Integer(1, 1_000_000)
  AUTH_FAILURES_PER_MINUTE: number = 10;

  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  POLICY_FILE: string | undefined = undefined;

  @IsIn(['text', 'all', 'off'])
  DETECTORS: 'text' | 'all' | 'off' = 'text';

  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  DETECTORS_FILE: string | undefined = undefined;

  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  HOOKS_FILE: string | undefined = undefined;

  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  WORKDIR_ROOT: string | undefined = undefined;

  @CommaSeparated()
  ALLOWED_ORIGINS: string[] = [];

  @CommaSeparated()
  ALLOWED_HOSTS: string[] = [];

  @CommaSeparated()
  TRUSTED_PROXIES: string[] = [];

  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value))
  @IsIn(LOG_LEVELS)
  LOG_LEVEL: LogLevelName = 'info';

  @Flag()
  DEBUG: boolean = false;

  @IsOptional()
  @Rate()
  RATE_CONNECTIONS: string | undefined = undefined;

  @IsOptional()
  @Rate()
  RATE_REQUESTS: string | undefined = undefined;

  @IsOptional()
  @Rate()
  RATE_EXECUTIONS: string | undefined = undefined;

  @IsIn(['on', 'off'])
  CLUSTER: 'on' | 'off' = 'off';

  @Seconds(0.5)
  CLUSTER_LEASE: number = 10;

  @IsOptional()
  @Matches(/^[A-Za-z0-9._~+/=-]{16,256}$/, {
    message: 'must be 16 to 256 of the characters A-Z a-z 0-9 . _ ~ + / - =',
  })
  CLUSTER_SECRET: string | undefined = undefined;

  @IsIn(['local', 'cluster'])
  RATE_SCOPE: 'local' | 'cluster' = 'local';

  @IsOptional()
  @Matches(/^(stdout|\/.+)$/, { message: 'must be stdout or an absolute path' })
  AUDIT_LOG: string | undefined = undefined;

  @IsIn(['digest', 'text'])
  AUDIT_COMMANDS: 'digest' | 'text' = 'digest';

  @CommaSeparated()
  @Matches(/^[^*]{4,256}\*?$/, {
    each: true,
    message: 'must be texts of 4 to 256 characters, each with * at most at its end',
  })
  REDACT: string[] = [];

  @IsOptional()
  @Integer(1, MAX_SECONDS)
  LIMIT_CPU_SECONDS: number | undefined = undefined;

  @IsOptional()
  @Integer(16_777_216, Number.MAX_SAFE_INTEGER)
  LIMIT_MEMORY_BYTES: number | undefined = undefined;

  @IsOptional()
  @Integer(1, Number.MAX_SAFE_INTEGER)
  LIMIT_OUTPUT_BYTES: number | undefined = undefined;

  @IsOptional()
  @Integer(1, Number.MAX_SAFE_INTEGER)
  LIMIT_FILE_BYTES: number | undefined = undefined;

  @IsOptional()
  @Integer(1, 4_194_304)
  LIMIT_PROCESSES: number | undefined = undefined;

  @IsOptional()
  @Integer(16, 1_048_576)
  LIMIT_OPEN_FILES: number | undefined = undefined;

  @IsOptional()
  @Matches(/^\d{1,9}:\d{1,9}$/, { message: 'must be uid:gid, two numbers' })
  RUN_AS: string | undefined = undefined;

  @IsIn(['posix_spawn', 'fork'])
  SPAWN_METHOD: 'posix_spawn' | 'fork' = 'posix_spawn';

  @Integer(0, 64)
  READY_SHELLS = 8;

  @IsIn(['attached', 'detached'])
  LAUNCHER: 'attached' | 'detached' = 'attached';

  @Integer(1, 31_536_000)
  LAUNCHER_TTL = 3600;

  @IsIn(['none', 'pidns', 'sandbox'])
  ISOLATION: 'none' | 'pidns' | 'sandbox' = 'none';

  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  CGROUP: string | undefined = undefined;

  @Seconds(0.01)
  MAX_LOOP_LAG: number = 1;

  @Integer(0, Number.MAX_SAFE_INTEGER)
  MIN_FREE_DISK: number = 16_777_216;

  @IsIn(['on', 'open', 'off'])
  METRICS: 'on' | 'open' | 'off' = 'on';

  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  DATA_DIR: string | undefined = undefined;
}

function Integer(min: number, max: number): PropertyDecorator {
  return all(NumberFromText(), IsInt({ message: 'must be a whole number' }), Min(min), Max(max));
}

function Seconds(min: number): PropertyDecorator {
  return all(
    NumberFromText(),
    IsNumber({ allowNaN: false, allowInfinity: false }, { message: 'must be a number of seconds' }),
    Min(min),
    Max(MAX_SECONDS),
  );
}

function Percent(): PropertyDecorator {
  return all(NumberFromText(), IsNumber({}, { message: 'must be a percentage' }), Min(0), Max(100));
}

function Factor(min: number): PropertyDecorator {
  return all(NumberFromText(), IsNumber({}, { message: 'must be a number' }), Min(min), Max(1000));
}

/** So many in so many seconds. */
function Rate(): PropertyDecorator {
  return Matches(/^[1-9]\d{0,6}\/[1-9]\d{0,4}$/, { message: 'must be count/seconds, such as 100/10' });
}

/** Only plain decimal notation is a number: `0x10`, `1e3` and ` ` are not. */
function NumberFromText(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value,
  );
}

function Flag(): PropertyDecorator {
  const words: Record<string, boolean> = {
    true: true,
    '1': true,
    yes: true,
    on: true,
    false: false,
    '0': false,
    no: false,
    off: false,
  };
  return all(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? (words[value.toLowerCase()] ?? value) : value,
    ),
    IsBoolean({ message: 'must be true or false' }),
  );
}

function CommaSeparated(): PropertyDecorator {
  return all(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string'
        ? value
            .split(',')
            .map((word) => word.trim())
            .filter((word) => word !== '')
        : value,
    ),
    IsArray(),
    IsString({ each: true }),
  );
}

function all(...decorators: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };
}
