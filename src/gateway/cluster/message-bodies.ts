import type { FedExecution } from '../execution-feed.js';
import type { SeqRange } from '../../stream/log/seq-range.js';
import type { SessionClient } from '../../session/session-client.js';
import { body } from './body.js';
import { is } from './is.js';

/** An execution that the asking service reads from the cluster's log, as its own one sees it. */
export interface RemoteAttachment extends FedExecution {
  readonly state: string;
  readonly firstSeq: number;
  readonly nextSeq: number;
  readonly gap: SeqRange | null;
  /** True where its service is to be told what the reader has got. */
  readonly isHeard: boolean;
}

/** What services send each other about sessions and executions, checked field by field. Each throws where it is wrong. */
export const MESSAGE_BODIES = {
  client: (value: unknown) =>
    body<SessionClient>(value, { tokenName: is.textOrNull, group: is.textOrNull, role: is.role, address: is.text }),
  /** A call of somebody who has no session with the service that is asked; `connection` names him as a reader. */
  guest: (value: unknown) =>
    body<{ client: unknown; method: string; params: unknown; connection: string | null }>(value, {
      client: is.object,
      method: is.text,
      params: is.object,
      connection: is.textOrNull,
    }),
  /** A call on a session that is held by a connection to the service that asks. */
  call: (value: unknown) =>
    body<{ connection: string; method: string; params: unknown }>(value, {
      connection: is.text,
      method: is.text,
      params: is.object,
    }),
  called: (value: unknown) =>
    body<{ result: object; subject: string | null; attached: unknown }>(value, {
      result: is.object,
      subject: is.textOrNull,
      attached: (attached) => attached === null || is.object(attached),
    }),
  attachment: (value: unknown) =>
    body<RemoteAttachment>(value, {
      id: is.text,
      pid: is.seq,
      sessionId: is.text,
      encoding: is.encoding,
      state: is.text,
      firstSeq: is.seq,
      nextSeq: is.seq,
      gap: is.rangeOrNull,
      isHeard: is.flag,
    }),
  resume: (value: unknown) =>
    body<{ connection: string; client: unknown; sessionId: string; token: string; lastSeqs: unknown }>(value, {
      connection: is.text,
      client: is.object,
      sessionId: is.text,
      token: is.text,
      lastSeqs: (seqs) => is.object(seqs) && Object.values(seqs).every(is.seq),
    }),
  resumed: (value: unknown) =>
    body<{ token: string; attached: unknown[]; forgotten: string[] }>(value, {
      token: is.text,
      attached: is.list,
      forgotten: is.texts,
    }),
  connection: (value: unknown) => body<{ connection: string }>(value, { connection: is.text }),
  connections: (value: unknown) => body<{ connections: string[] }>(value, { connections: is.texts }),
  received: (value: unknown) =>
    body<{ connection: string; executionId: string; seq: number }>(value, {
      connection: is.text,
      executionId: is.text,
      seq: is.seq,
    }),
  left: (value: unknown) =>
    body<{ connection: string; vanished: boolean }>(value, { connection: is.text, vanished: is.flag }),
  /** What a service says of a session of its own. */
  session: (value: unknown) =>
    body<{ tokenName: string | null; group: string | null; digests: string[]; executions: string[] }>(value, {
      tokenName: is.textOrNull,
      group: is.textOrNull,
      digests: is.texts,
      executions: is.texts,
    }),
  fault: (value: unknown) =>
    body<{ code: number; message: string; data: unknown }>(value, {
      code: (code) => Number.isSafeInteger(code),
      message: is.text,
      data: () => true,
    }),
} as const;
