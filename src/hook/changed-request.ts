import type { HookEntry } from '../config/hook-entry.js';
import type { Program } from '../policy/command/decision.js';
import type { ExecutionRequest } from '../process/execution-request.js';
import type { HookAnswer } from './hook-answer.js';

/**
 * The request as a hook's answer changes it. Variables that the operator lets the hook set are the operator's own; for all
 * else the policy holds as for a client's.
 */
export function changedRequest(
  request: ExecutionRequest,
  { sets }: HookEntry,
  { program, wrap, cwd, environment }: HookAnswer,
  shell: string,
): ExecutionRequest {
  const given = Object.entries(environment);
  const isOperators = ([name]: [string, string]): boolean => sets.includes(name);
  const runs = program ?? request.program;
  return {
    ...request,
    program: wrap === null ? runs : wrapped(runs, wrap, shell),
    cwd: cwd ?? request.cwd,
    environment: {
      ...request.environment,
      ...Object.fromEntries(given.filter((entry) => !isOperators(entry))),
    },
    operatorEnvironment: { ...request.operatorEnvironment, ...Object.fromEntries(given.filter(isOperators)) },
  };
}

function wrapped(program: Program, wrap: readonly [string, ...string[]], shell: string): Program {
  return { argv: [...wrap, ...('argv' in program ? program.argv : [shell, '-c', program.command])] };
}
