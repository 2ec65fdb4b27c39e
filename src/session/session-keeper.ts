import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { DetachedDirectory } from '../process/detached/detached-directory.js';
import { type KeptSession, keptSessionFrom } from './kept-session.js';
import type { Session } from './session.js';

/** Writes down who may resume a session whose commands may outlive the service. */
@Injectable()
export class SessionKeeper {
  readonly #logger = new Logger(SessionKeeper.name);
  /** The digests that are in the file of each. */
  readonly #saved = new Map<string, string>();
  #directory: string | null = null;

  constructor(private readonly config: AppConfig) {}

  /** The sessions that were left. To be called once, before all others. */
  restore(): KeptSession[] {
    if (this.config.process.launcher === 'attached') return [];
    const { sessions } = new DetachedDirectory(this.config.data.directory);
    this.#directory = sessions;
    return readdirSync(sessions).flatMap((name) => this.#read(join(sessions, name)) ?? []);
  }

  /** In its file when this returns, where it is not there as it is. What cannot be written is told in the log. */
  save({ id, client, token: { digests } }: Session): void {
    if (this.#directory === null || this.#saved.get(id) === digests.join()) return;
    const file = this.#file(this.#directory, id);
    const kept: KeptSession = { id, client, digests };
    try {
      writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600 });
      renameSync(`${file}.new`, file);
      this.#saved.set(id, digests.join());
    } catch (error) {
      this.#logger.error(`A session cannot be kept: ${String(error)}`);
    }
  }

  /** It has ended. */
  remove({ id }: Session): void {
    if (this.#directory !== null && this.#saved.delete(id)) rmSync(this.#file(this.#directory, id), { force: true });
  }

  #file(directory: string, id: string): string {
    return join(directory, `${id}.json`);
  }

  #read(file: string): KeptSession | null {
    try {
      const kept = keptSessionFrom(readFileSync(file, 'utf8'));
      this.#saved.set(kept.id, kept.digests.join());
      return kept;
    } catch (error) {
      this.#logger.warn(`${file} is no session: ${String(error)}`);
      return null;
    }
  }
}
