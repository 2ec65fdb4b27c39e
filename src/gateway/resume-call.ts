import { Injectable } from '@nestjs/common';
import type { Call } from '../rpc/call.js';
import type { Peer } from '../rpc/peer.js';
import type { Attachment } from '../session/attachment.js';
import { ResumeService } from '../session/resume.service.js';
import { Feeds } from './feeds.js';
import { Reception } from './reception.js';
import type { ResumeParams } from './resume.params.js';

/** The method that gives a connection the session of another. */
@Injectable()
export class ResumeCall {
  constructor(
    private readonly resumes: ResumeService,
    private readonly reception: Reception,
    private readonly feeds: Feeds,
  ) {}

  async resume(peer: Peer, params: ResumeParams, call: Call): Promise<object> {
    const { session, token, executions, forgotten } = await this.resumes.resume(
      this.reception.session(peer),
      {
        sessionId: params.session_id.toLowerCase(),
        token: params.resume_token,
        lastSeqs: new Map(Object.entries(params.last_seq ?? {}).map(([id, seq]) => [id.toLowerCase(), seq])),
      },
      this.reception.link(peer),
    );
    this.reception.move(peer, session);
    const starts = executions.map((execution) => this.feeds.prepare(peer, execution, execution.source));
    call.afterReply(() => {
      // Only an answer of the client itself tells that it has its new token.
      peer.whenReceived(
        token,
        () => {
          token.prove();
        },
        true,
      );
      peer.askReceipt();
      for (const start of starts) start();
    });
    return {
      resumed: true,
      session_id: session.id,
      resume_token: token.text,
      executions: [...executions.map(row), ...forgotten.map(forgottenRow)],
    };
  }
}

function row({ id, state, firstSeq, nextSeq, gap }: Attachment): object {
  return { execution_id: id, state, first_seq: firstSeq, next_seq: nextSeq, gap };
}

/** Of an execution that cannot be asked for any more: how it ended is not known. */
function forgottenRow(id: string): object {
  return { execution_id: id, state: 'unknown', first_seq: null, next_seq: null, gap: null };
}
