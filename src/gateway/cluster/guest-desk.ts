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
import { RemoteLinks } from './remote-links.js';
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
    private readonly links: RemoteLinks,
  ) {}

  onModuleInit(): void {
    this.calls.on('guest', (body, from) => answered(() => this.#answer(body, from)));
  }

  async #answer(body: unknown, from: string): Promise<Reply> {
    const { client, method, params, connection } = MESSAGE_BODIES.guest(body);
    const session = this.sessions.guest(MESSAGE_BODIES.client(client));
    const call = new Call({ method, params, id: null });
    const result =
      method === 'attach'
        ? await this.#attach(session, params, from, connection)
        : await this.desk.perform(session, method, params, call);
    return new Reply({ result, subject: call.subject, attached: null }, () => {
      call.replied();
    });
  }

  /** The guest reads the cluster's log; for one who may control the execution a link stands here, as he may be all it has. */
  async #attach(session: Session, params: unknown, from: string, connection: string | null): Promise<object> {
    const { execution_id: id, after_seq: afterSeq = 0 } = this.desk.params(AttachParams, params);
    const attachment = await this.executions.attach(session, id, afterSeq);
    const isHeard = connection !== null && session.client.role === 'controller';
    if (isHeard) {
      const link = this.links.open(from, connection);
      link.read(id, attachment.source, false);
      this.links.hold(link);
    } else attachment.source.close();
    await this.replication.cover(id, afterSeq);
    return remoteAttachment(attachment, isHeard);
  }
}
