import { Injectable } from '@nestjs/common';
import { ClusterError } from '../../cluster/cluster-error.js';
import { ClusterNode } from '../../cluster/node/cluster-node.js';
import type { Call } from '../../rpc/call.js';
import type { Peer } from '../../rpc/peer.js';
import type { Attachment } from '../../session/attachment.js';
import type { Session } from '../../session/session.js';
import { SessionDirectory } from '../../session/session-directory.js';
import type { AttachParams } from '../attach.params.js';
import type { ControlParams } from '../control.params.js';
import type { ExecuteParams } from '../execute.params.js';
import { ExecutionCalls } from '../execution-calls.js';
import type { ExtendParams } from '../extend.params.js';
import { Feeds } from '../feeds.js';
import type { InputParams } from '../input.params.js';
import { startKey } from '../request-digest.js';
import { type FoundExecution, GuestCalls } from './guest-calls.js';
import { is } from './is.js';
import { RemoteReadings } from './remote-readings.js';
import type { RemoteSession } from './remote-session.js';
import { RemoteSessions } from './remote-sessions.js';
import { SessionRecords } from './session-records.js';
import { StartKeys } from './start-keys.js';

/** Longest wait for what the others run. */
const LIST_MS = 1000;

/** The methods of ExecutionCalls, wherever the session and the execution are that a call is about. */
@Injectable()
export class ClusterCalls {
  /** Starts under way, which what comes after them may mean. */
  readonly #starting = new WeakMap<Session, Promise<unknown>>();

  constructor(
    private readonly node: ClusterNode,
    private readonly local: ExecutionCalls,
    private readonly directory: SessionDirectory,
    private readonly remotes: RemoteSessions,
    private readonly guests: GuestCalls,
    private readonly readings: RemoteReadings,
    private readonly records: SessionRecords,
    private readonly keys: StartKeys,
    private readonly feeds: Feeds,
  ) {}

  async start(session: Session, peer: Peer, params: ExecuteParams, call: Call): Promise<object> {
    if (!this.node.isOn) return this.local.start(session, peer, params, call);
    const remote = this.remotes.of(session);
    if (remote !== null) {
      const { result, subject, attached } = await this.remotes.call(remote, 'execute', params);
      call.subject = subject;
      if (attached !== null) this.#read(peer, this.readings.ofSession(attached, 0, remote), call);
      return result;
    }
    const starting = this.keys.once(session.client.group, startKey(params), async () => {
      const answer = await this.local.start(session, peer, params, call);
      void this.records.save(session);
      return answer;
    });
    const settled = Promise.allSettled([this.#starting.get(session), starting]);
    this.#starting.set(
      session,
      settled.then(() => undefined),
    );
    return starting;
  }

  control(session: Session, params: ControlParams, call: Call): Promise<object> {
    return this.#control(session, 'control', params, call, () => this.local.control(session, params, call));
  }

  input(session: Session, params: InputParams, call: Call): Promise<object> {
    return this.#control(session, 'input', params, call, () => this.local.input(session, params, call));
  }

  extend(session: Session, params: ExtendParams, call: Call): Promise<object> {
    return this.#control(session, 'extend', params, call, () => this.local.extend(session, params, call));
  }

  async status(session: Session, id: string): Promise<object> {
    const found = await this.#elsewhere(session, id);
    const remote = this.remotes.of(session);
    if (found !== null) return this.guests.status(session.client, found);
    return remote === null || this.#isHere(session, id)
      ? this.local.status(session, id)
      : (await this.remotes.call(remote, 'status', { execution_id: id })).result;
  }

  async attach(session: Session, peer: Peer, params: AttachParams, call: Call): Promise<object> {
    const { execution_id: id, after_seq: afterSeq = 0 } = params;
    call.subject = id;
    const found = await this.#elsewhere(session, id);
    const remote = this.remotes.of(session);
    if (remote !== null && (found === null ? !this.#isHere(session, id) : this.#isOf(remote, found))) {
      const { attached, result } = await this.remotes.call(remote, 'attach', params);
      return attached === null ? result : this.#read(peer, this.readings.ofSession(attached, afterSeq, remote), call);
    }
    if (found === null) return this.local.attach(session, peer, params, call);
    return this.#read(peer, await this.readings.asGuest(session.client, found, afterSeq), call);
  }

  /** What runs here and elsewhere; `incomplete` where some of the others do not say. */
  async list(session: Session): Promise<object> {
    if (!this.node.isOn) return this.local.list(session);
    const remote = this.remotes.of(session);
    const asked = this.node
      .others()
      .then((nodes) =>
        Promise.all(
          nodes.map((node) =>
            rowsOf(
              node === remote?.node
                ? this.remotes.call(remote, 'list', {}).then(({ result }) => result)
                : this.guests.ask(session.client, node, 'list', {}, { limitMs: LIST_MS }),
            ),
          ),
        ),
      );
    const [here, elsewhere] = await Promise.all([rowsOf(this.local.list(session)), asked.catch(unavailable)]);
    const all = [here, ...(elsewhere ?? [null])];
    const isIncomplete = all.includes(null);
    return { executions: all.flatMap((rows) => rows ?? []), ...(isIncomplete ? { incomplete: true } : {}) };
  }

  async #control(
    session: Session,
    method: string,
    params: { readonly execution_id?: string },
    call: Call,
    here: () => Promise<object>,
  ): Promise<object> {
    const id = params.execution_id ?? null;
    const remote = this.remotes.of(session);
    await this.#starting.get(session);
    const found = id === null ? null : await this.#elsewhere(session, id);
    const isRelayed =
      remote !== null && (found === null ? id === null || !this.#isHere(session, id) : this.#isOf(remote, found));
    if (isRelayed) {
      const { result, subject } = await this.remotes.call(remote, method, params);
      call.subject = subject ?? id;
      return result;
    }
    if (found === null) return here();
    call.subject = id;
    return this.guests.control(session.client, found, method, params);
  }

  /** An execution that is not here; null also where there is none at all. @throws ClusterError */
  async #elsewhere(session: Session, id: string): Promise<FoundExecution | null> {
    if (!this.node.isOn) return null;
    await session.settled();
    return this.#isHere(session, id) ? null : this.guests.find(session.client, id);
  }

  #isHere({ client }: Session, id: string): boolean {
    return this.directory.execution(id, client.group) !== null;
  }

  /** Whether it is the remote session's own service that runs it. */
  #isOf(remote: RemoteSession, { entry }: FoundExecution): boolean {
    return entry.state === 'running' && entry.node === remote.node;
  }

  /** Reads it once the answer is on its way. @returns what `attach` answers */
  #read(peer: Peer, attachment: Attachment, call: Call): object {
    call.afterReply(this.feeds.prepare(peer, attachment, attachment.source));
    const { state, firstSeq, nextSeq } = attachment;
    return { state, first_seq: firstSeq, next_seq: nextSeq };
  }
}

/** The rows of an answer to `list`; null where there is none. */
async function rowsOf(answer: Promise<object>): Promise<unknown[] | null> {
  const said = await answer.catch(unavailable);
  const rows = said === null ? null : (said as { readonly executions?: unknown }).executions;
  return is.list(rows) ? rows : null;
}

/** What the cluster cannot tell at the moment is left out. */
function unavailable(error: unknown): null {
  if (error instanceof ClusterError) return null;
  throw error;
}
