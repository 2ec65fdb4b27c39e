import { Environment } from './environment.js';

const OWN_NAMES: ReadonlySet<string> = new Set([...Object.keys(new Environment()), 'DEFAULT_PORT']);
const OWN_PREFIXES = /^(AUTH_|REDIS_|HEURISTIC_|CC_EXECUTOR_|npm_)|^(INIT_CWD|PWD|OLDPWD)$/;

/** True for a variable that configures this service, or that its package manager set for it. */
function isServiceVariable(name: string): boolean {
  return OWN_NAMES.has(name) || OWN_PREFIXES.test(name);
}

/**
 * The environment commands start with: the service's own, so that agent CLIs find their HOME, keys and proxies, less
 * every variable that configures the service (its secrets above all).
 */
export function baseEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !isServiceVariable(entry[0]),
    ),
  );
}
