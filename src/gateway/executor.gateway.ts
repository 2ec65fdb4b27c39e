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
import { CommandPolicy } from '../policy/command/command-policy.js';
import type { Execution } from '../process/execution.js';
import { Call } from '../rpc/call.js';
import { Peer } from '../rpc/peer.js';
import type { Session } from '../session/session.js';
import { SessionService } from '../session/session.service.js';
import { ExecutionJournal } from '../telemetry/execution-journal.js';
import type { Estimate } from '../timeout/estimate.js';
import { timeoutVerdict } from '../timeout/timeout-verdict.js';
import { TimeoutService } from '../timeout/timeout.service.js';
import { Admission } from './admission.js';
import { CallAudit } from './call-audit.js';
import { ControlParams } from './control.params.js';
import { estimateAnswer, timeoutVerdictAnswer } from './estimate-answer.js';
import { EstimateParams } from './estimate.params.js';
import { ExecuteParams } from './execute.params.js';
import { ExecutionFeed } from './execution-feed.js';
import { executionRequest, limitMs } from './execution-request-from.js';
import { executionRow } from './execution-row.js';
import { ExplainParams } from './explain.params.js';
import { ExtendParams } from './extend.params.js';
import { InputParams } from './input.params.js';
import { NoParams } from './no.params.js';
import { OpenRpcService } from './openrpc/openrpc.service.js';
import { ParamsPipe } from './params.pipe.js';
import { ProgramParams } from './program.params.js';
import { Reception } from './reception.js';
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
  'extend',
  'estimate',
  'explain',
  'validate_timeout',
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
    private readonly audit: CallAudit,
    private readonly openRpc: OpenRpcService,
    private readonly journal: ExecutionJournal,
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
    this.sessions.requireOpenForWork();
    return from(this.#start(session, peer, params, call));
  }

  @SubscribeMessage('control')
  control(
    @ConnectedSocket() peer: Peer,
    @MessageBody('params', ParamsPipe) params: ControlParams,
    @MessageBody() call: Call,
  ): Observable<object> {
    return from(this.#control(this.reception.controllerSession(peer, 'control'), params, call));
  }

  @SubscribeMessage('input')
  input(
    @ConnectedSocket() peer: Peer,
    @MessageBody('params', ParamsPipe) params: InputParams,
    @MessageBody() call: Call,
  ): Observable<object> {
    return from(this.#input(this.reception.controllerSession(peer, 'input'), params, call));
  }

  @SubscribeMessage('list')
  list(@ConnectedSocket() peer: Peer, @MessageBody('params', ParamsPipe) _params: NoParams): Observable<object> {
    return from(this.#list(this.reception.session(peer)));
  }

  @SubscribeMessage('status')
  status(@ConnectedSocket() peer: Peer, @MessageBody('params', ParamsPipe) params: StatusParams): Observable<object> {
    return from(this.#status(this.reception.session(peer), params.execution_id));
  }

  @SubscribeMessage('extend')
  extend(
    @ConnectedSocket() peer: Peer,
    @MessageBody('params', ParamsPipe) params: ExtendParams,
    @MessageBody() call: Call,
  ): Observable<object> {
    return from(this.#extend(this.reception.controllerSession(peer, 'extend'), params, call));
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
    return from(this.#estimate(params).then((estimate) => ({ ...said, estimate: estimateAnswer(estimate) })));
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

  async #start(session: Session, peer: Peer, params: ExecuteParams, call: Call): Promise<object> {
    const execution = await session.start(executionRequest(params));
    call.subject = execution.id;
    call.afterReply(() => {
      this.audit.follow(peer, execution);
      this.journal.follow(execution, session.id);
      new ExecutionFeed(execution, session.id, peer).start();
    });
    const { time, estimate } = execution.limits;
    const stallMs = time.stallTimeoutMs ?? time.stillnessMs;
    return {
      status: 'started',
      pid: execution.pid,
      pgid: execution.pid,
      execution_id: execution.id,
      timeout: time.timeoutMs === null ? null : time.timeoutMs / 1000,
      stall_timeout: stallMs === null ? null : stallMs / 1000,
      estimate: estimateAnswer(estimate),
    };
  }

  async #control(session: Session, params: ControlParams, call: Call): Promise<object> {
    const execution = await found(session, params, call);
    switch (params.type) {
      case 'PAUSE':
        call.afterReply(await execution.pause());
        return { status: 'paused' };
      case 'RESUME':
        call.afterReply(await execution.resume());
        return { status: 'resumed' };
      case 'CANCEL':
        call.afterReply(await execution.cancel());
        return { status: 'canceled' };
      case 'SIGNAL':
        await execution.signal(params.signal ?? 'SIGTERM');
        return { status: 'signaled' };
    }
  }

  async #input(session: Session, params: InputParams, call: Call): Promise<object> {
    const execution = await found(session, params, call);
    const data = Buffer.from(params.data ?? '', params.encoding ?? 'utf8');
    return { accepted_bytes: execution.write(data, params.eof ?? false) };
  }

  async #extend(session: Session, params: ExtendParams, call: Call): Promise<object> {
    const execution = await found(session, params, call);
    execution.extend(limitMs(params.timeout));
    return { timeout: params.timeout };
  }

  async #estimate(params: EstimateParams): Promise<Estimate> {
    return this.timeouts.estimate(ProgramParams.of(params), taskHint(params.task));
  }

  async #validateTimeout(params: ValidateTimeoutParams): Promise<object> {
    const estimate = await this.#estimate(params);
    const verdict = timeoutVerdict(limitMs(params.timeout), estimate, this.config.process.maxTimeoutMs);
    return timeoutVerdictAnswer(params.timeout, verdict, estimate);
  }

  async #list(session: Session): Promise<object> {
    await session.measured();
    return { executions: [...session.running, ...session.survived].map(executionRow) };
  }

  async #status(session: Session, id: string): Promise<object> {
    await session.measured();
    return executionRow(await session.look(id));
  }
}

/** The execution that a call is about. */
async function found(session: Session, params: { readonly execution_id?: string }, call: Call): Promise<Execution> {
  // A request may name one that is not there.
  call.subject = params.execution_id ?? null;
  const execution = await session.find(call.subject);
  call.subject = execution.id;
  return execution;
}
