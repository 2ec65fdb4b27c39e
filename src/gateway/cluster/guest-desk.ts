import { Injectable, type OnModuleInit } from '@nestjs/common';
import { NodeCalls } from '../../cluster/node/node-calls.js';
import { Reply } from '../../cluster/node/reply.js';
import { Call } from '../../rpc/call.js';
import { ExecutionsService } from '../../session/executions.service.js';
import type { Session } from '../../session/session.js';
import { SessionService } from '../../session/session.service.js';
import { AttachParams } from '../attach.params.js';
import { answered } from './answered.js';
import { CallDesk } from './call-desk.js';
import { MESSAGE_BODIES } from './message-bodies.js';
import { remoteAttachment } from './remote-attachment.js';
import { Replication } from './replication.js';

/** Answers the calls of clients who have no session here and mean an execution that runs here. */
@Injectable()
export class GuestDesk implements OnModuleInit {
  constructor(
    private readonly calls: NodeCalls,
    private readonly desk: CallDesk,
    private readonly sessions: SessionService,
    private readonly executions: ExecutionsService,
    private readonly replication: Replication,
  ) {}

  onModuleInit(): void {
    this.calls.on('guest', (body) => answered(() => this.#answer(body)));
  }

  async #answer(body: unknown): Promise<Reply> {
    const { client, method, params } = MESSAGE_BODIES.guest(body);
    const session = this.sessions.guest(MESSAGE_BODIES.client(client));
    const call = new Call({ method, params, id: null });
    const result =
      method === 'attach'
        ? await this.#attach(session, params)
        : await this.desk.perform(session, method, params, call);
    return new Reply({ result, subject: call.subject, attached: null }, () => {
      call.replied();
    });
  }

  /** The guest reads the cluster's log, in which all is that can be read here. */
  async #attach(session: Session, params: unknown): Promise<object> {
    const { execution_id: id, after_seq: afterSeq = 0 } = this.desk.params(AttachParams, params);
    const attachment = await this.executions.attach(session, id, afterSeq);
    attachment.source.close();
    await this.replication.cover(id, afterSeq);
    return remoteAttachment(attachment, false);
  }
}
