import { Injectable } from '@nestjs/common';
import { RpcError } from '../../rpc/rpc-error.js';
import { Call } from '../../rpc/call.js';
import { PolicyError } from '../../policy/policy-error.js';
import type { Session } from '../../session/session.js';
import { ControlParams } from '../control.params.js';
import { ExecutionCalls } from '../execution-calls.js';
import { ExtendParams } from '../extend.params.js';
import { InputParams } from '../input.params.js';
import { ParamsPipe } from '../params.pipe.js';
import { StatusParams } from '../status.params.js';

type Method = (session: Session, params: unknown, call: Call) => Promise<object>;

/** Methods that an observer may not use. */
const CONTROLLING: readonly string[] = ['execute', 'control', 'input', 'extend'];

/** The methods that find and control executions, for clients who are connected to another service. */
@Injectable()
export class CallDesk {
  readonly #pipe = new ParamsPipe();
  readonly #methods: Readonly<Record<string, Method>>;

  constructor(calls: ExecutionCalls) {
    this.#methods = {
      control: (session, params, call) => calls.control(session, this.params(ControlParams, params), call),
      input: (session, params, call) => calls.input(session, this.params(InputParams, params), call),
      extend: (session, params, call) => calls.extend(session, this.params(ExtendParams, params), call),
      status: (session, params) => calls.status(session, this.params(StatusParams, params).execution_id),
      list: (session) => calls.list(session),
    };
  }

  /**
   * Checks the params of a method as its own clients' are.
   * @throws RpcError Invalid params
   */
  params<T extends object>(metatype: new () => T, params: unknown): T {
    return this.#pipe.transform(params, { type: 'body', metatype }) as T;
  }

  /** @throws PolicyError where an observer may not use the method */
  requireAllowed({ client }: Session, method: string): void {
    if (client.role === 'observer' && CONTROLLING.includes(method)) throw new PolicyError(method, 'observer');
  }

  /**
   * @param call takes what is to be done once the answer is on its way
   * @throws RpcError Method not found, or Invalid params
   * @throws what the method throws
   */
  async perform(session: Session, method: string, params: unknown, call: Call): Promise<object> {
    const perform = Object.hasOwn(this.#methods, method) ? this.#methods[method] : undefined;
    if (perform === undefined) throw RpcError.methodNotFound(method);
    this.requireAllowed(session, method);
    return perform(session, params, call);
  }
}
