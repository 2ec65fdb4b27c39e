import { Logger, UseFilters } from '@nestjs/common';
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
import { VERSION } from '../config/version.js';
import { Execution } from '../process/execution.js';
import { processUsage } from '../process/process-usage.js';
import { Call } from '../rpc/call.js';
import { Peer } from '../rpc/peer.js';
import type { Session } from '../session/session.js';
import { SessionService } from '../session/session.service.js';
import { OUTPUT_CHUNK_BYTES } from '../stream/output-splitter.js';
import { ControlParams } from './control.params.js';
import { toRpcError } from './error-table.js';
import { ExecuteParams } from './execute.params.js';
import { ExecutionFeed } from './execution-feed.js';
import { executionRequest } from './execution-request-from.js';
import { executionRow } from './execution-row.js';
import { InputParams } from './input.params.js';
import { NoParams } from './no.params.js';
import { ParamsPipe } from './params.pipe.js';
import { RpcErrorFilter } from './rpc-error.filter.js';
import { SessionClock } from './session-clock.js';
import { StatusParams } from './status.params.js';

/** The connection ended without a close frame (RFC 6455, section 7.1.5). */
const VANISHED = 1006;

const CAPABILITIES = ['execute', 'control', 'stream', 'input', 'list', 'status', 'ping'];

/** The service's methods on the wire, one for each JSON-RPC method. */
@WebSocketGateway()
@UseFilters(RpcErrorFilter)
export class ExecutorGateway implements OnGatewayConnection<Peer>, OnGatewayDisconnect<Peer> {
  readonly #logger = new Logger(ExecutorGateway.name);
  readonly #sessions = new WeakMap<Peer, Session>();

  constructor(
    private readonly config: AppConfig,
    private readonly sessions: SessionService,
    private readonly clock: SessionClock,
  ) {}

  handleConnection(peer: Peer): void {
    const session = this.#open(peer);
    if (session === null) return;
    this.#sessions.set(peer, session);
    this.clock.add(peer, session);
    this.#logger.debug(`Session ${session.id} opened`);
    peer.notify('connected', {
      session_id: session.id,
      version: VERSION,
      capabilities: CAPABILITIES,
      heartbeat_interval: this.config.server.heartbeatIntervalMs / 1000,
      resume_token: session.resumeToken,
      limits: {
        max_message_bytes: this.config.server.maxFrameBytes,
        max_processes: this.config.session.maxProcesses,
        output_chunk_bytes: OUTPUT_CHUNK_BYTES,
      },
    });
  }

  handleDisconnect(peer: Peer): void {
    const session = this.#sessions.get(peer);
    if (session === undefined) return;
    this.clock.remove(peer);
    this.sessions.close(session, peer.closeCode === VANISHED);
    this.#logger.log(`Session ${session.id} closed (${String(peer.closeCode)})`);
  }

  @SubscribeMessage('execute')
  execute(
    @ConnectedSocket() peer: Peer,
    @MessageBody('params', ParamsPipe) params: ExecuteParams,
    @MessageBody() call: Call,
  ): Observable<object> {
    const session = this.#session(peer);
    this.sessions.requireOpenForWork();
    return from(this.#start(session, peer, params, call));
  }

  @SubscribeMessage('control')
  control(
    @ConnectedSocket() peer: Peer,
    @MessageBody('params', ParamsPipe) params: ControlParams,
    @MessageBody() call: Call,
  ): Observable<object> {
    return from(this.#control(this.#session(peer), params, call));
  }

  @SubscribeMessage('input')
  input(@ConnectedSocket() peer: Peer, @MessageBody('params', ParamsPipe) params: InputParams): Observable<object> {
    return from(this.#input(this.#session(peer), params));
  }

  @SubscribeMessage('list')
  list(@ConnectedSocket() peer: Peer, @MessageBody('params', ParamsPipe) _params: NoParams): Observable<object> {
    return from(this.#list(this.#session(peer)));
  }

  @SubscribeMessage('status')
  status(@ConnectedSocket() peer: Peer, @MessageBody('params', ParamsPipe) params: StatusParams): Observable<object> {
    return from(this.#status(this.#session(peer), params.execution_id));
  }

  @SubscribeMessage('ping')
  ping(@ConnectedSocket() peer: Peer, @MessageBody('params', ParamsPipe) _params: NoParams): object {
    this.#session(peer);
    return { pong: true, timestamp: Date.now() / 1000 };
  }

  /** The client's answer to the heartbeat: that it came is all it says. */
  @SubscribeMessage('pong')
  pong(@ConnectedSocket() peer: Peer): object {
    this.#session(peer);
    return {};
  }

  async #start(session: Session, peer: Peer, params: ExecuteParams, call: Call): Promise<object> {
    const execution = await session.start(executionRequest(params));
    call.afterReply(() => {
      new ExecutionFeed(execution, session.id, peer).start();
    });
    const { timeoutMs, stallTimeoutMs } = execution.limits;
    return {
      status: 'started',
      pid: execution.pid,
      pgid: execution.pid,
      execution_id: execution.id,
      timeout: timeoutMs === null ? null : timeoutMs / 1000,
      stall_timeout: stallTimeoutMs === null ? null : stallTimeoutMs / 1000,
      estimate: null,
    };
  }

  async #control(session: Session, params: ControlParams, call: Call): Promise<object> {
    const execution = await session.find(params.execution_id ?? null);
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

  async #input(session: Session, params: InputParams): Promise<object> {
    const execution = await session.find(params.execution_id ?? null);
    const data = Buffer.from(params.data ?? '', params.encoding ?? 'utf8');
    return { accepted_bytes: execution.write(data, params.eof ?? false) };
  }

  async #list(session: Session): Promise<object> {
    await session.settled();
    const executions = [...session.running, ...session.survived];
    return { executions: await Promise.all(executions.map(rowWithUsage)) };
  }

  async #status(session: Session, id: string): Promise<object> {
    const execution = await session.look(id);
    return execution instanceof Execution ? rowWithUsage(execution) : executionRow(execution);
  }

  /** A new session, or null where there is no place: the client is told and the connection closed. */
  #open(peer: Peer): Session | null {
    try {
      return this.sessions.open();
    } catch (error) {
      const refusal = toRpcError(error);
      if (refusal === null) throw error;
      peer.reply(null, { error: refusal });
      peer.close(1008, refusal.message);
      return null;
    }
  }

  #session(peer: Peer): Session {
    const session = this.#sessions.get(peer);
    if (session === undefined) throw new Error('A message came on a connection without a session');
    return session;
  }
}

async function rowWithUsage(execution: Execution): Promise<object> {
  return executionRow(execution, await processUsage(execution.pid, execution.elapsedMs));
}
