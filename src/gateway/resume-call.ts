import { Injectable } from '@nestjs/common';
import type { Call } from '../rpc/call.js';
import type { Peer } from '../rpc/peer.js';
import type { Attachment } from '../session/attachment.js';
import type { ResumeClaim } from '../session/resume-claim.js';
import { ResumeService } from '../session/resume.service.js';
import type { Resumption } from '../session/resumption.js';
import type { Session } from '../session/session.js';
import { ClusterResume } from './cluster/cluster-resume.js';
import { SessionRecords } from './cluster/session-records.js';
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
    private readonly cluster: ClusterResume,
    private readonly records: SessionRecords,
  ) {}

  async resume(peer: Peer, params: ResumeParams, call: Call): Promise<object> {
    const own = this.reception.session(peer);
    const claim: ResumeClaim = {
      sessionId: params.session_id.toLowerCase(),
      token: params.resume_token,
      lastSeqs: new Map(Object.entries(params.last_seq ?? {}).map(([id, seq]) => [id.toLowerCase(), seq])),
    };
    const elsewhere = await this.cluster.resume(peer, own, claim);
    const { token, executions, forgotten } =
      'token' in elsewhere ? elsewhere : await this.#resumeHere(peer, own, claim);
    const named = 'token' in elsewhere ? [] : elsewhere.executionsElsewhere;
    const others = await this.cluster.find(own.client, [...new Set([...forgotten, ...named])], claim.lastSeqs);
    const all = [...executions, ...others];
    const starts = all.map((execution) => this.feeds.prepare(peer, execution, execution.source));
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
    const unknown = forgotten.filter((id) => others.every((execution) => execution.id !== id));
    return {
      resumed: true,
      session_id: claim.sessionId,
      resume_token: token.text,
      executions: [...all.map(row), ...unknown.map(forgottenRow)],
    };
  }

  async #resumeHere(peer: Peer, own: Session, claim: ResumeClaim): Promise<Resumption> {
    const resumption = await this.resumes.resume(own, claim, this.reception.link(peer));
    this.reception.move(peer, resumption.session);
    await this.records.save(resumption.session);
    return resumption;
  }
}

function row({ id, state, firstSeq, nextSeq, gap }: Attachment): object {
  return { execution_id: id, state, first_seq: firstSeq, next_seq: nextSeq, gap };
}

/** Of an execution that cannot be asked for any more: how it ended is not known. */
function forgottenRow(id: string): object {
  return { execution_id: id, state: 'unknown', first_seq: null, next_seq: null, gap: null };
}
