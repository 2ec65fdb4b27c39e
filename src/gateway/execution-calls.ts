import { Injectable } from '@nestjs/common';
import { HookService } from '../hook/hook.service.js';
import type { Execution } from '../process/execution.js';
import type { Call } from '../rpc/call.js';
import type { Peer } from '../rpc/peer.js';
import { ExecutionsService } from '../session/executions.service.js';
import type { Session } from '../session/session.js';
import { ExecutionJournal } from '../telemetry/execution-journal.js';
import type { AttachParams } from './attach.params.js';
import { CallAudit } from './call-audit.js';
import type { ControlParams } from './control.params.js';
import type { ExecuteParams } from './execute.params.js';
import { executionRequest, limitMs } from './execution-request-from.js';
import { executionRow, liveRow } from './execution-row.js';
import type { ExtendParams } from './extend.params.js';
import { Feeds } from './feeds.js';
import { hookWarningFields } from './hook-status.js';
import type { InputParams } from './input.params.js';
import { Reception } from './reception.js';
import { startKey } from './request-digest.js';
import { startedAnswer } from './started-answer.js';

/** The methods that start, find and control executions: from their params to their answer. */
@Injectable()
export class ExecutionCalls {
  constructor(
    private readonly executions: ExecutionsService,
    private readonly reception: Reception,
    private readonly feeds: Feeds,
    private readonly audit: CallAudit,
    private readonly hooks: HookService,
    private readonly journal: ExecutionJournal,
  ) {}

  async start(session: Session, peer: Peer, params: ExecuteParams, call: Call): Promise<object> {
    const request = executionRequest(params);
    const link = this.reception.link(peer);
    const { execution, source, isDuplicate } = await this.executions.start(session, request, startKey(params), link);
    const { id, pid, sessionId, live } = execution;
    call.subject = id;
    if (!isDuplicate && live !== null) {
      this.audit.follow(peer, live);
      this.journal.follow(live, sessionId);
      this.hooks.onWarning(live, (warning) => {
        const about = { execution_id: id, session_id: sessionId };
        peer.notify('hook.warning', { ...hookWarningFields(warning), ...about });
      });
    }
    if (source !== null)
      call.afterReply(this.feeds.prepare(peer, { id, pid, sessionId, encoding: request.output.encoding }, source));
    return startedAnswer(execution, isDuplicate);
  }

  async attach(session: Session, peer: Peer, params: AttachParams, call: Call): Promise<object> {
    call.subject = params.execution_id;
    const attachment = await this.executions.attach(session, params.execution_id, params.after_seq ?? 0);
    call.afterReply(this.feeds.prepare(peer, attachment, attachment.source));
    const { state, firstSeq, nextSeq } = attachment;
    return { state, first_seq: firstSeq, next_seq: nextSeq };
  }

  async control(session: Session, params: ControlParams, call: Call): Promise<object> {
    const execution = await this.#found(session, params, call);
    await this.hooks.requireControl(execution, session, params.type, params.signal ?? null);
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

  async input(session: Session, params: InputParams, call: Call): Promise<object> {
    const execution = await this.#found(session, params, call);
    const data = Buffer.from(params.data ?? '', params.encoding ?? 'utf8');
    return { accepted_bytes: execution.write(data, params.eof ?? false) };
  }

  async extend(session: Session, params: ExtendParams, call: Call): Promise<object> {
    const execution = await this.#found(session, params, call);
    execution.extend(limitMs(params.timeout));
    return { timeout: params.timeout };
  }

  async list(session: Session): Promise<object> {
    return { executions: (await this.executions.list(session)).map(liveRow) };
  }

  async status(session: Session, id: string): Promise<object> {
    return executionRow(await this.executions.look(session, id));
  }

  /** The execution that a call is about. */
  async #found(session: Session, params: { readonly execution_id?: string }, call: Call): Promise<Execution> {
    // A request may name one that is not there.
    call.subject = params.execution_id ?? null;
    const execution = await this.executions.control(session, call.subject);
    call.subject = execution.id;
    return execution;
  }
}
