import { UseFilters } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { from, type Observable } from 'rxjs';
import { AppConfig } from '../config/app-config.js';
import { HookService } from '../hook/hook.service.js';
import { CommandPolicy } from '../policy/command/command-policy.js';
import { resourceLimitsOf } from '../process/limit/resource-limits-of.js';
import { Call } from '../rpc/call.js';
import { Peer } from '../rpc/peer.js';
import { SessionService } from '../session/session.service.js';
import type { Estimate } from '../timeout/estimate.js';
import { timeoutVerdict } from '../timeout/timeout-verdict.js';
import { TimeoutService } from '../timeout/timeout.service.js';
import { Admission } from './admission.js';
import { AttachParams } from './attach.params.js';
import { ControlParams } from './control.params.js';
import { estimateAnswer, timeoutVerdictAnswer } from './estimate-answer.js';
import { EstimateParams } from './estimate.params.js';
import { ExecuteParams } from './execute.params.js';
import { ClusterCalls } from './cluster/cluster-calls.js';
import { limitMs } from './execution-request-from.js';
import { ExplainParams } from './explain.params.js';
import { ExtendParams } from './extend.params.js';
import { hookStatus } from './hook-status.js';
import { InputParams } from './input.params.js';
import { NoParams } from './no.params.js';
import { OpenRpcService } from './openrpc/openrpc.service.js';
import { ParamsPipe } from './params.pipe.js';
import { ProgramParams } from './program.params.js';
import { Reception } from './reception.js';
import { resourceLimitsAnswer } from './resource-limits-answer.js';
import { resourceLimitsFrom } from './resource-limits-from.js';
import { ResumeCall } from './resume-call.js';
import { ResumeParams } from './resume.params.js';
import { RpcErrorFilter } from './rpc-error.filter.js';
import { StatusParams } from './status.params.js';
import { taskHint } from './task.params.js';
import { ValidateTimeoutParams } from './validate-timeout.params.js';

const CAPABILITIES = [
  'execute',
  'control',
  'stream',
  'input',
  'list',
  'status',
  'attach',
  'resume',
  'extend',
  'estimate',
  'explain',
  'validate_timeout',
  'hook_status',
  'ping',
  'rpc.discover',
];

/** The service's methods on the wire, one for each JSON-RPC method. */
@WebSocketGateway()
@UseFilters(RpcErrorFilter)
export class ExecutorGateway implements OnGatewayConnection<Peer>, OnGatewayDisconnect<Peer> {
  constructor(
    private readonly config: AppConfig,
    private readonly sessions: SessionService,
    private readonly reception: Reception,
    private readonly timeouts: TimeoutService,
    private readonly policy: CommandPolicy,
    private readonly admission: Admission,
    private readonly executions: ClusterCalls,
    private readonly resumes: ResumeCall,
    private readonly hooks: HookService,
    private readonly openRpc: OpenRpcService,
  ) {}

  handleConnection(peer: Peer): void {
    this.reception.welcome(peer, CAPABILITIES);
  }

  handleDisconnect(peer: Peer): void {
    this.reception.leave(peer);
  }

  @SubscribeMessage('execute')
  async execute(
    @ConnectedSocket() peer: Peer,
    @MessageBody('params', ParamsPipe) params: ExecuteParams,
    @MessageBody() call: Call,
  ): Promise<Observable<object>> {
    const session = this.reception.controllerSession(peer, 'execute');
    // Until it is counted, no later request of this connection begins.
    await this.admission.requireExecution(peer);
    await this.sessions.requireOpenForWork(session);
    return from(this.executions.start(session, peer, params, call));
  }

  @SubscribeMessage('control')
  control(
    @ConnectedSocket() peer: Peer,
    @MessageBody('params', ParamsPipe) params: ControlParams,
    @MessageBody() call: Call,
  ): Observable<object> {
    return from(this.executions.control(this.reception.controllerSession(peer, 'control'), params, call));
  }

  @SubscribeMessage('input')
  input(
    @ConnectedSocket() peer: Peer,
    @MessageBody('params', ParamsPipe) params: InputParams,
    @MessageBody() call: Call,
  ): Observable<object> {
    return from(this.executions.input(this.reception.controllerSession(peer, 'input'), params, call));
  }

  @SubscribeMessage('list')
  list(@ConnectedSocket() peer: Peer, @MessageBody('params', ParamsPipe) _params: NoParams): Observable<object> {
    return from(this.executions.list(this.reception.session(peer)));
  }

  @SubscribeMessage('status')
  status(@ConnectedSocket() peer: Peer, @MessageBody('params', ParamsPipe) params: StatusParams): Observable<object> {
    return from(this.executions.status(this.reception.session(peer), params.execution_id));
  }

  @SubscribeMessage('attach')
  attach(
    @ConnectedSocket() peer: Peer,
    @MessageBody('params', ParamsPipe) params: AttachParams,
    @MessageBody() call: Call,
  ): Observable<object> {
    return from(this.executions.attach(this.reception.session(peer), peer, params, call));
  }

  /** Until it is known whose session it is, no later request of this connection begins. */
  @SubscribeMessage('resume')
  resume(
    @ConnectedSocket() peer: Peer,
    @MessageBody('params', ParamsPipe) params: ResumeParams,
    @MessageBody() call: Call,
  ): Promise<object> {
    return this.resumes.resume(peer, params, call);
  }

  @SubscribeMessage('extend')
  extend(
    @ConnectedSocket() peer: Peer,
    @MessageBody('params', ParamsPipe) params: ExtendParams,
    @MessageBody() call: Call,
  ): Observable<object> {
    return from(this.executions.extend(this.reception.controllerSession(peer, 'extend'), params, call));
  }

  @SubscribeMessage('estimate')
  estimate(
    @ConnectedSocket() peer: Peer,
    @MessageBody('params', ParamsPipe) params: EstimateParams,
  ): Observable<object> {
    this.reception.session(peer);
    return from(this.#estimate(params).then(estimateAnswer));
  }

  @SubscribeMessage('validate_timeout')
  validateTimeout(
    @ConnectedSocket() peer: Peer,
    @MessageBody('params', ParamsPipe) params: ValidateTimeoutParams,
  ): Observable<object> {
    this.reception.session(peer);
    return from(this.#validateTimeout(params));
  }

  @SubscribeMessage('explain')
  explain(@ConnectedSocket() peer: Peer, @MessageBody('params', ParamsPipe) params: ExplainParams): Observable<object> {
    this.reception.session(peer);
    const said = this.policy.explain(ProgramParams.of(params), params.env ?? {}, params.cwd ?? null);
    const limits = resourceLimitsAnswer(resourceLimitsOf(resourceLimitsFrom(params.limits), this.config.limit));
    return from(this.#estimate(params).then((estimate) => ({ ...said, limits, estimate: estimateAnswer(estimate) })));
  }

  @SubscribeMessage('hook_status')
  hookStatus(@ConnectedSocket() peer: Peer, @MessageBody('params', ParamsPipe) _params: NoParams): object {
    return hookStatus(this.hooks.entries, this.hooks.ledger(this.reception.session(peer)));
  }

  @SubscribeMessage('ping')
  ping(@ConnectedSocket() peer: Peer, @MessageBody('params', ParamsPipe) _params: NoParams): object {
    this.reception.session(peer);
    return { pong: true, timestamp: Date.now() / 1000 };
  }

  @SubscribeMessage('rpc.discover')
  discover(@ConnectedSocket() peer: Peer, @MessageBody('params', ParamsPipe) _params: NoParams): object {
    this.reception.session(peer);
    return this.openRpc.document;
  }

  /** The client's answer to the heartbeat: that it came is all it says. */
  @SubscribeMessage('pong')
  pong(@ConnectedSocket() peer: Peer): object {
    this.reception.session(peer);
    return {};
  }

  async #estimate(params: EstimateParams): Promise<Estimate> {
    return this.timeouts.estimate(ProgramParams.of(params), taskHint(params.task));
  }

  async #validateTimeout(params: ValidateTimeoutParams): Promise<object> {
    const estimate = await this.#estimate(params);
    const verdict = timeoutVerdict(limitMs(params.timeout), estimate, this.config.process.maxTimeoutMs);
    return timeoutVerdictAnswer(params.timeout, verdict, estimate);
  }
}
