import { Injectable, type OnModuleInit } from '@nestjs/common';
import { NodeCalls } from '../../cluster/node/node-calls.js';
import { Reply } from '../../cluster/node/reply.js';
import { Call } from '../../rpc/call.js';
import type { Attachment } from '../../session/attachment.js';
import { ExecutionsService } from '../../session/executions.service.js';
import { ResumeService } from '../../session/resume.service.js';
import type { Session } from '../../session/session.js';
import { SessionError } from '../../session/session-error.js';
import { SessionService } from '../../session/session.service.js';
import { AttachParams } from '../attach.params.js';
import { CallAudit } from '../call-audit.js';
import { ExecuteParams } from '../execute.params.js';
import { executionRequest } from '../execution-request-from.js';
import { startKey } from '../request-digest.js';
import { startedAnswer } from '../started-answer.js';
import { answered } from './answered.js';
import { CallDesk } from './call-desk.js';
import { MESSAGE_BODIES, type RemoteAttachment } from './message-bodies.js';
import { remoteAttachment } from './remote-attachment.js';
import type { RemoteLink } from './remote-link.js';
import { RemoteLinks } from './remote-links.js';
import { Replication } from './replication.js';
import { SessionRecords } from './session-records.js';
import { StartKeys } from './start-keys.js';

/** Serves the sessions of this service whose clients are connected to another. */
@Injectable()
export class SessionDesk implements OnModuleInit {
  constructor(
    private readonly calls: NodeCalls,
    private readonly desk: CallDesk,
    private readonly sessions: SessionService,
    private readonly executions: ExecutionsService,
    private readonly resumes: ResumeService,
    private readonly links: RemoteLinks,
    private readonly replication: Replication,
    private readonly records: SessionRecords,
    private readonly audit: CallAudit,
    private readonly keys: StartKeys,
  ) {}

  onModuleInit(): void {
    this.calls.on('resume', (body, from) => answered(() => this.#resume(body, from)));
    this.calls.on('call', (body, from) => answered(() => this.#call(body, from)));
    this.calls.on('received', (body, from) => {
      const { connection, executionId, seq } = MESSAGE_BODIES.received(body);
      this.links.find(from, connection)?.acknowledge(executionId, seq);
    });
    this.calls.on('proved', (body, from) => {
      this.links.find(from, MESSAGE_BODIES.connection(body).connection)?.token?.prove();
    });
    this.calls.on('left', (body, from) => {
      const { connection, vanished } = MESSAGE_BODIES.left(body);
      const link = this.links.find(from, connection);
      if (link !== null) this.links.leave(link, vanished);
      return true;
    });
  }

  /** Gives a session to a client of another service, as it is given to one of this. */
  async #resume(body: unknown, from: string): Promise<object> {
    const { connection, client, sessionId, token, lastSeqs } = MESSAGE_BODIES.resume(body);
    const seqs = new Map(Object.entries(lastSeqs as Record<string, number>));
    const link = this.links.open(from, connection);
    const guest = this.sessions.guest(MESSAGE_BODIES.client(client));
    const resumption = await this.resumes.resume(guest, { sessionId, token, lastSeqs: seqs }, link);
    const { session, executions, forgotten } = resumption;
    link.session = session;
    link.token = resumption.token;
    this.links.hold(link);
    const attached = await Promise.all(
      executions.map((attachment) => this.#attach(session, link, attachment, seqs.get(attachment.id) ?? 0)),
    );
    await this.records.save(session);
    return { token: resumption.token.text, attached, forgotten };
  }

  async #call(body: unknown, from: string): Promise<Reply> {
    const { connection, method, params } = MESSAGE_BODIES.call(body);
    const link = this.links.require(from, connection);
    const { session } = link;
    if (session === null) throw new SessionError({ kind: 'resume-rejected', reason: 'superseded' });
    const call = new Call({ method, params, id: null });
    this.desk.requireAllowed(session, method);
    const answer =
      method === 'execute'
        ? await this.#start(session, link, params, call)
        : method === 'attach'
          ? await this.#reattach(session, link, params)
          : { result: await this.desk.perform(session, method, params, call), attached: null };
    return new Reply({ ...answer, subject: call.subject }, () => {
      call.replied();
    });
  }

  async #start(session: Session, link: RemoteLink, params: unknown, call: Call): Promise<object> {
    const asked = this.desk.params(ExecuteParams, params);
    await this.sessions.requireOpenForWork(session);
    let attached: RemoteAttachment | null = null;
    const result = await this.keys.once(session.client.group, startKey(asked), async () => {
      const request = executionRequest(asked);
      const { execution, source, isDuplicate } = await this.executions.start(session, request, startKey(asked), link);
      const { id, pid, sessionId, live, log } = execution;
      const { tokenName, address } = session.client;
      if (!isDuplicate && live !== null) this.audit.followFor({ who: tokenName, address, sessionId }, live);
      void this.records.save(session);
      call.subject = id;
      if (source !== null) {
        const known = { id, pid, sessionId, encoding: request.output.encoding, state: 'running' };
        const attachment: Attachment = { ...known, firstSeq: 1, nextSeq: log.nextSeq, gap: null, source };
        attached = await this.#attach(session, link, attachment, 0);
      }
      return startedAnswer(execution, isDuplicate);
    });
    return { result, attached };
  }

  async #reattach(session: Session, link: RemoteLink, params: unknown): Promise<object> {
    const { execution_id: id, after_seq: afterSeq = 0 } = this.desk.params(AttachParams, params);
    const attachment = await this.executions.attach(session, id, afterSeq);
    return { result: {}, attached: await this.#attach(session, link, attachment, afterSeq) };
  }

  /** The client reads the cluster's log; for what is its session's own the link stands here. */
  async #attach(
    session: Session,
    link: RemoteLink,
    attachment: Attachment,
    afterSeq: number,
  ): Promise<RemoteAttachment> {
    const { id, sessionId, source } = attachment;
    const isOwn = sessionId === session.id;
    const isHeard = isOwn || session.client.role === 'controller';
    if (isHeard) link.read(id, source, isOwn);
    else source.close();
    await this.replication.cover(id, afterSeq);
    return remoteAttachment(attachment, isHeard);
  }
}
