import { Injectable } from '@nestjs/common';
import type { RemoteLog } from '../../cluster/log/remote-log.js';
import { RemoteLogs } from '../../cluster/log/remote-logs.js';
import type { ExecutionEvent } from '../../process/execution-event.js';
import type { Attachment } from '../../session/attachment.js';
import type { SessionClient } from '../../session/session-client.js';
import { EXECUTION_DIALECT } from './execution-dialect.js';
import { type FoundExecution, GuestCalls } from './guest-calls.js';
import type { RemoteAttachment } from './message-bodies.js';
import type { RemoteHolder } from './remote-session.js';
import { RemoteSessions } from './remote-sessions.js';

/** Reads executions of other services from the cluster's logs. */
@Injectable()
export class RemoteReadings {
  constructor(
    private readonly logs: RemoteLogs,
    private readonly remotes: RemoteSessions,
    private readonly guests: GuestCalls,
  ) {}

  /** An execution of a session that its client holds from here, read behind an event. */
  ofSession(attached: RemoteAttachment, afterSeq: number, holder: RemoteHolder): Attachment {
    return { ...attached, source: this.#read(attached, afterSeq, attached.isHeard ? holder : null) };
  }

  /**
   * An execution that somebody follows who has no session with its service.
   * @throws what GuestCalls.attach throws
   */
  async asGuest(client: SessionClient, found: FoundExecution, afterSeq: number): Promise<Attachment> {
    const holder = { node: found.entry.node, connection: this.remotes.openReader() };
    try {
      const attached = await this.guests.attach(client, found, afterSeq, holder.connection);
      if (!attached.isHeard) this.remotes.closeReader(holder);
      const source = this.#read(attached, afterSeq, attached.isHeard ? holder : null);
      const close = source.onClose;
      source.onClose = () => {
        close();
        this.remotes.closeReader(holder);
      };
      return { ...attached, source };
    } catch (error) {
      this.remotes.closeReader(holder);
      throw error;
    }
  }

  /** @param holder where what the client has got is told; null = nowhere */
  #read({ id }: RemoteAttachment, afterSeq: number, holder: RemoteHolder | null): RemoteLog<ExecutionEvent> {
    const source = this.logs.follow(id, afterSeq, EXECUTION_DIALECT);
    if (holder !== null) {
      source.onAcknowledge = (seq) => {
        this.remotes.acknowledge(holder, id, seq);
      };
    }
    return source;
  }
}
