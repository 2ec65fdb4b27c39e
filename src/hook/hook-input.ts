import { resolve } from 'node:path';
import type { AppConfig } from '../config/app-config.js';
import type { Execution } from '../process/execution.js';
import type { ExecutionOutcome } from '../process/execution-outcome.js';
import type { ExecutionRequest } from '../process/execution-request.js';
import type { OutputExcerpt } from './output-excerpt.js';

const MAX_NAME_CHARACTERS = 128;

/** What a command is, for a hook; and in a word, for people. */
export function commandInput({ program }: Pick<ExecutionRequest, 'program'>): {
  readonly fields: { readonly command: string } | { readonly argv: readonly string[] };
  readonly name: string;
} {
  const word = 'argv' in program ? program.argv[0] : (/\S+/.exec(program.command.slice(0, 1024))?.[0] ?? '');
  return {
    fields: 'argv' in program ? { argv: program.argv } : { command: program.command },
    name: word.slice(0, MAX_NAME_CHARACTERS).toWellFormed(),
  };
}

/** What `pre-execute` gets. */
export function requestInput(request: ExecutionRequest, { directory, workdirRoot }: AppConfig['policy']): object {
  return {
    ...commandInput(request).fields,
    cwd: resolve(workdirRoot ?? directory, request.cwd ?? ''),
    env: { ...request.environment, ...request.operatorEnvironment },
    labels: request.labels,
  };
}

/** What `post-output` and `post-execute` get. Times are seconds. */
export function endInput(
  execution: Execution,
  outcome: ExecutionOutcome,
  type: 'post-output' | 'post-execute',
  excerpt: OutputExcerpt,
): object {
  const of = (value: (stream: 'stdout' | 'stderr') => unknown): object => ({
    stdout: value('stdout'),
    stderr: value('stderr'),
  });
  const about = {
    execution_id: execution.id,
    pid: execution.pid,
    ...commandInput(execution.request).fields,
    labels: execution.request.labels,
    started_at: execution.startedAt / 1000,
    bytes: of((stream) => outcome[stream].bytes),
    output: of((stream) => excerpt.firstLines(stream)),
  };
  if (type === 'post-output')
    return {
      ...about,
      sha256: of((stream) => outcome[stream].sha256),
      last_output: of((stream) => excerpt.lastLines(stream)),
    };
  return {
    ...about,
    status: outcome.status,
    reason: outcome.reason,
    exit_code: outcome.exitCode,
    signal: outcome.signal,
    duration: outcome.durationMs / 1000,
    cpu_seconds: outcome.cpuSeconds,
    max_rss_bytes: outcome.maxRssBytes,
  };
}
