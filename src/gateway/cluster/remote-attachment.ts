import type { Attachment } from '../../session/attachment.js';
import type { RemoteAttachment } from './message-bodies.js';

/** What another service is told of an execution that its client is to read. */
export function remoteAttachment(attachment: Attachment, isHeard: boolean): RemoteAttachment {
  const { id, pid, sessionId, encoding, state, firstSeq, nextSeq, gap } = attachment;
  return { id, pid, sessionId, encoding, state, firstSeq, nextSeq, gap, isHeard };
}
