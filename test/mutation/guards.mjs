import { posix } from 'node:path';
import { ACCESS_MUTANTS } from './access-mutants.mjs';
import { ADMISSION_MUTANTS } from './admission-mutants.mjs';
import { AUDIT_MUTANTS } from './audit-mutants.mjs';
import { LIMIT_MUTANTS } from './limit-mutants.mjs';
import { RULE_MUTANTS } from './rule-mutants.mjs';
import { SYNTAX_MUTANTS } from './syntax-mutants.mjs';

const POLICY_TESTS = {
  quick: [
    'test/unit/policy/',
    'test/integration/access-tokens',
    ...['check', 'open', 'working-directory'].map((name) => `test/integration/policy-${name}`),
  ],
  thorough: ['test/integration/policy-bypasses', 'test/integration/policy-random'],
};

/**
 * What is switched off, a chapter at a time: mutants are a file of src, the one place in it, what takes its place, and what
 * that is. `quick` tests, of the
 * sources, run first; the `thorough` ones, of what is built, where those pass.
 */
export const GUARDS = [
  { title: 'Who may connect', mutants: inPolicy(ACCESS_MUTANTS), ...POLICY_TESTS },
  { title: 'What may run', mutants: inPolicy([...SYNTAX_MUTANTS, ...RULE_MUTANTS]), ...POLICY_TESTS },
  {
    title: 'What an execution may use',
    mutants: LIMIT_MUTANTS,
    quick: ['test/unit/process/limit/', 'test/unit/session/'],
    thorough: ['test/integration/limits', 'test/e2e/limits', 'test/e2e/rates'],
  },
  {
    title: 'How often a client may ask, and as whom',
    mutants: ADMISSION_MUTANTS,
    quick: ['test/unit/policy/rate/', 'test/unit/rpc/dispatcher'],
    thorough: ['test/e2e/rates', 'test/e2e/observer', 'test/e2e/access'],
  },
  {
    title: 'What is told, and what is not',
    mutants: AUDIT_MUTANTS,
    quick: ['test/unit/telemetry/'],
    thorough: ['test/integration/audit-file', 'test/e2e/audit'],
  },
];

function inPolicy(mutants) {
  return mutants.map(([file, ...rest]) => [posix.join('policy', file), ...rest]);
}
