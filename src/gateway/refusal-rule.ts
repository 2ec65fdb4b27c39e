import type { RpcError } from '../rpc/rpc-error.js';

/** What codes mean in a word, where the error itself has no better one. */
const RULES: Readonly<Record<number, string>> = {
  [-32602]: 'invalid_params',
  [-32603]: 'internal_error',
  [-32001]: 'session_limit',
  [-32003]: 'not_running',
  [-32005]: 'rate_limit',
  [-32006]: 'resume_rejected',
  [-32007]: 'shutting_down',
  [-32008]: 'resource_limit',
  [-32009]: 'idempotency_conflict',
};

/** Why a call is refused, in one word: the rule of the policy, the resource that is lacking, or what the code means. */
export function refusalRule({ code, data }: RpcError): string {
  const { rule, resource } = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  if (typeof rule === 'string') return rule;
  const meaning = RULES[code] ?? 'refused';
  return typeof resource === 'string' ? `${meaning}:${resource}` : meaning;
}
