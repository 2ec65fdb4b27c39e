import type { TaskRun } from '../task-run.js';

/** Keeps the last runs of tasks by their key: category:name:complexity:type. */
export abstract class HistoryStore {
  /** Names it in logs. */
  abstract readonly name: string;

  /**
   * The runs under a key, oldest first, the last 100 at most; [] where there are none. What is stored and no run is
   * passed over. Rejects where the store cannot answer within a moment.
   */
  abstract read(key: string): Promise<TaskRun[]>;

  /**
   * Adds a run under each of the keys, in one step. The same run again, by its execution id, changes nothing. Rejects
   * where the store cannot take it.
   */
  abstract append(keys: readonly string[], run: TaskRun): Promise<void>;
}
