import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../../config/writable-directory.js';
import { HistoryDatabase } from './history-database.js';
import { lockHolder } from './lock-holder.js';

/** What came of opening a history, with what is to be told of it. */
export type OpenedHistory =
  | { readonly database: HistoryDatabase; readonly remark: string | null }
  | { readonly database: null; readonly remark: string; readonly isInUse: boolean };

/** What the system says where not the files are at fault. */
const SYSTEM_FAULT =
  /No space|quota|Read-only|not permitted|denied|Too many open|File too large|Input\/output|Cannot allocate/i;

/**
 * Opens a history, or makes it. One that is damaged is repaired; one that cannot be goes to `DIRECTORY.damaged`, in the
 * place of an earlier one, and a new history begins. Never rejects.
 * @param isDamaged that it is damaged has been seen already
 */
export async function openHistory(directory: string, isDamaged: boolean): Promise<OpenedHistory> {
  try {
    makeDirectory(directory);
    if (!isDamaged) return { database: await open(directory), remark: null };
  } catch (error) {
    if (!isFaultOfFiles(error)) return refusal(directory, error);
  }
  try {
    await HistoryDatabase.repair(directory);
    return { database: await open(directory), remark: `The history in ${directory} was damaged and is repaired` };
  } catch (error) {
    if (!isFaultOfFiles(error)) return refusal(directory, error);
  }
  try {
    const aside = `${directory}.damaged`;
    rmSync(aside, { recursive: true, force: true });
    renameSync(directory, aside);
    makeDirectory(directory);
    const remark = `The history in ${directory} was damaged beyond repair: it is ${aside} now, and a new one begins`;
    return { database: await open(directory), remark };
  } catch (error) {
    return refusal(directory, error);
  }
}

async function open(directory: string): Promise<HistoryDatabase> {
  const database = new HistoryDatabase(directory);
  await database.open();
  return database;
}

function refusal(directory: string, error: unknown): OpenedHistory {
  if (!HistoryDatabase.isInUse(error)) {
    const why = HistoryDatabase.reasonOf(error);
    return {
      database: null,
      remark: `The history in ${directory} cannot be kept (${why}): this service learns in memory only`,
      isInUse: false,
    };
  }
  const pid = lockHolder(join(directory, 'LOCK'));
  const holder = `another service${pid === null ? '' : ` (pid ${String(pid)})`}`;
  return {
    database: null,
    remark: `The history in ${directory} is in use by ${holder}: this one learns in memory only`,
    isInUse: true,
  };
}

function isFaultOfFiles(error: unknown): boolean {
  return !HistoryDatabase.isInUse(error) && !SYSTEM_FAULT.test(HistoryDatabase.reasonOf(error));
}
