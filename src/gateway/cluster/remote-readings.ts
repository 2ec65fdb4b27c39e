import { Injectable } from '@nestjs/common';
import { RemoteLogs } from '../../cluster/log/remote-logs.js';
import type { Attachment } from '../../session/attachment.js';
import { EXECUTION_DIALECT } from './execution-dialect.js';
import type { RemoteAttachment } from './message-bodies.js';
import type { RemoteSession } from './remote-session.js';
import { RemoteSessions } from './remote-sessions.js';

/** Reads executions of other services from the cluster's logs. */
@Injectable()
export class RemoteReadings {
  constructor(
    private readonly logs: RemoteLogs,
    private readonly remotes: RemoteSessions,
  ) {}

  /**
   * An execution that is read behind an event.
   * @param remote the session for whose client it is read; null for one who only looks on
   */
  read(attached: RemoteAttachment, afterSeq: number, remote: RemoteSession | null): Attachment {
    const source = this.logs.follow(attached.id, afterSeq, EXECUTION_DIALECT);
    if (remote !== null && attached.isOwn) {
      source.onAcknowledge = (seq) => {
        this.remotes.acknowledge(remote, attached.id, seq);
      };
    }
    return { ...attached, source };
  }
}
