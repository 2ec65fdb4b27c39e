import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HookedProcesses } from '../hook/hooked-processes.js';
import type { Execution } from '../process/execution.js';
import { ResumeToken } from './resume-token.js';
import type { Session } from './session.js';
import type { SessionClient } from './session-client.js';
import { SessionDirectory } from './session-directory.js';
import { SessionKeeper } from './session-keeper.js';
import { SessionService } from './session.service.js';
import { StartLedger } from './start-ledger.js';

/** What another service has left: the clients of its sessions may come back from the start on, and find what they run. */
@Injectable()
export class LeftSessions implements OnApplicationBootstrap {
  constructor(
    private readonly sessions: SessionService,
    private readonly directory: SessionDirectory,
    private readonly keeper: SessionKeeper,
    private readonly processes: HookedProcesses,
    private readonly ledger: StartLedger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const { id, client, digests } of this.keeper.restore())
      this.sessions.adopt(client, id, ResumeToken.ofDigests(digests));
    await this.processes.takeOver((execution) => this.#takeOver(execution));
  }

  /** @returns its session; an execution without one goes on, or ends, as its client wished */
  #takeOver(execution: Execution): Session {
    const { sessionId = '', group = null, startKey = null } = execution.request.origin ?? {};
    const client: SessionClient = { tokenName: null, group, role: 'controller', address: '' };
    const present = this.directory.session(sessionId);
    const session = present ?? this.sessions.guest(client, sessionId);
    const known = session.takeOver(execution);
    if (startKey !== null) this.ledger.takeOver(known, startKey);
    if (present === null) session.end('disconnected');
    return session;
  }
}
