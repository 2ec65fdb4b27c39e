import { AttachParams } from '../attach.params.js';
import { ControlParams } from '../control.params.js';
import { EstimateParams } from '../estimate.params.js';
import { ExecuteParams } from '../execute.params.js';
import { ExplainParams } from '../explain.params.js';
import { ExtendParams } from '../extend.params.js';
import { InputParams } from '../input.params.js';
import { NoParams } from '../no.params.js';
import { ResumeParams } from '../resume.params.js';
import { StatusParams } from '../status.params.js';
import { ValidateTimeoutParams } from '../validate-timeout.params.js';
import type { ErrorName } from './error-schemas.js';
import type { ParamsClass } from './params-schema.js';
import type { RESULTS } from './result-schemas.js';

/** A method as people read of it. */
export interface MethodDescription {
  readonly summary: string;
  readonly params: ParamsClass;
  /** What it may be answered with beside what any request may. */
  readonly errors: readonly ErrorName[];
}

const ON_EXECUTION = ['NoProcess', 'ProcessNotFound'] as const;

/** Every method that has a result. Where services share a Redis that is away, ResourceLimit says so. */
export const METHODS: Readonly<Record<keyof typeof RESULTS, MethodDescription>> = {
  execute: {
    summary: 'Starts a command, given as command or as argv; notifications tell what becomes of it',
    params: ExecuteParams,
    errors: ['AlreadyRunning', 'SessionLimit', 'NotAllowed', 'ShuttingDown', 'ResourceLimit', 'IdempotencyConflict'],
  },
  control: {
    summary: 'Pauses, resumes, cancels or signals an execution',
    params: ControlParams,
    errors: ['NotAllowed', ...ON_EXECUTION, 'ResourceLimit'],
  },
  input: {
    summary: 'Writes to the stdin of an execution that was started with stdin: true',
    params: InputParams,
    errors: ['NotAllowed', ...ON_EXECUTION, 'ResourceLimit'],
  },
  list: {
    summary: 'The executions of this session that run, and those of the client that are detached',
    params: NoParams,
    errors: [],
  },
  status: {
    summary: 'One execution, for a while also after its end',
    params: StatusParams,
    errors: ['ProcessNotFound', 'ResourceLimit'],
  },
  attach: {
    summary: 'Follows an execution, also one that has ended: notifications tell what has happened and what happens',
    params: AttachParams,
    errors: ['ProcessNotFound', 'ResourceLimit'],
  },
  resume: {
    summary: 'Gives this connection the session of another, with all that its client has not had',
    params: ResumeParams,
    errors: ['ResumeRejected', 'ShuttingDown', 'ResourceLimit'],
  },
  extend: {
    summary: 'Gives an execution another time limit, from its start',
    params: ExtendParams,
    errors: ['NotAllowed', ...ON_EXECUTION, 'ResourceLimit'],
  },
  estimate: { summary: 'What a command is expected to take; starts nothing', params: EstimateParams, errors: [] },
  validate_timeout: {
    summary: 'Judges a time limit for a command; starts nothing',
    params: ValidateTimeoutParams,
    errors: [],
  },
  explain: { summary: 'What execute would do, and why; starts nothing', params: ExplainParams, errors: [] },
  hook_status: {
    summary: 'The hooks of the operator, and what they did in this session',
    params: NoParams,
    errors: [],
  },
  ping: { summary: 'Whether the service answers', params: NoParams, errors: [] },
  pong: { summary: 'The answer to the heartbeat; usually a notification', params: NoParams, errors: [] },
  'rpc.discover': { summary: 'This document', params: NoParams, errors: [] },
};
