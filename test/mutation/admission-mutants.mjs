/** Each guard of how often a client may ask, and who it is to the gateway, switched off: as in limit-mutants.mjs. */
export const ADMISSION_MUTANTS = [
  ['gateway/admission.ts', 'refusal ?? (await this.#rateRefusal(client))', 'refusal', 'connections are not counted'],
  [
    'gateway/admission.ts',
    'return asked === null ? null : asked.then(toRpcError);',
    'return null;',
    'requests are counted and let through',
  ],
  ['gateway/admission.ts', 'if (refusal !== null) throw refusal;', '', 'executions are counted and let through'],
  ['gateway/executor.gateway.ts', 'await this.admission.requireExecution(peer);', '', 'executions are not counted'],
  ['gateway/reception.ts', "if (peer.identity.role === 'observer')", 'if (false)', 'an observer starts and controls'],
  [
    'rpc/json-rpc.adapter.ts',
    "if ('refusal' in decision) {",
    'if (false) {',
    'what the doorkeeper says is passed over',
  ],
  ['policy/rate/rate-key.ts', 'if (tokenName !== null) return', 'if (false) return', 'tokens are counted by address'],
  ['policy/rate/rate-key.ts', 'network(plain)', 'plain', 'each address of an IPv6 network is counted apart'],
  [
    'policy/rate/bounded-keys.ts',
    'this.#current.size >= MAX_KEYS',
    'false',
    'any number of addresses is counted apart',
  ],
  [
    'policy/rate/bounded-keys.ts',
    "if (!key.startsWith('address:')) return key;",
    '',
    'tokens share a count with addresses',
  ],
  ['policy/rate/rate-limit.ts', 'insuranceLimiter: memory,', '', 'without Redis nothing is counted'],
  [
    'policy/rate/rate-limit.ts',
    'return Math.min(Math.max(Math.ceil(refusal.msBeforeNext), 1), this.#windowMs);',
    'return null;',
    'what is over the rate passes',
  ],
  ['rpc/dispatcher.ts', 'if (refusal !== null) call.fail(refusal);\n    else if', 'if', 'a refused request is done'],
  ['rpc/dispatcher.ts', '(await this.#refusal()) ?? error }', 'error }', 'frames that hold no request are not counted'],
  [
    'rpc/dispatcher.ts',
    '(await this.#refusal()) ?? request',
    'request',
    'what is no request in a batch is not counted',
  ],
];
