import { describe, expect, it } from '@jest/globals';
import { HistoryStore } from '../../../../src/timeout/history/history-store.js';
import { History } from '../../../../src/timeout/history/history.js';
import type { TaskRun } from '../../../../src/timeout/task-run.js';

const KEY = 'build:make:medium:build';

function run(executionId: string, endedAt = 0): TaskRun {
  return {
    executionId,
    endedAt,
    durationMs: 1,
    isDurationCensored: false,
    silenceMs: 0,
    isSilenceCensored: false,
    loadMultiplier: 1,
  };
}

/** A store that can be away. */
class Shelf extends HistoryStore {
  readonly name = 'shelf';
  readonly kept = new Map<string, TaskRun[]>();
  isAway = false;
  asked = 0;

  read(key: string): Promise<TaskRun[]> {
    this.asked++;
    return this.isAway ? Promise.reject(new Error('away')) : Promise.resolve([...(this.kept.get(key) ?? [])]);
  }

  append(keys: readonly string[], added: TaskRun): Promise<void> {
    if (this.isAway) return Promise.reject(new Error('away'));
    for (const key of keys) this.kept.set(key, [...(this.kept.get(key) ?? []), added]);
    return Promise.resolve();
  }
}

async function ids(history: History, key = KEY): Promise<string[]> {
  return (await history.runs(key)).map(({ executionId }) => executionId);
}

describe('history', () => {
  it('is read once, and served from memory at once from then on', async () => {
    const shelf = new Shelf();
    shelf.kept.set(KEY, [run('a')]);
    const history = new History([shelf]);

    expect(await Promise.all([ids(history), ids(history)])).toEqual([['a'], ['a']]);
    expect(history.runs(KEY)).toHaveLength(1);
    expect(shelf.asked).toBe(1);
  });

  it('keeps a run in memory and in every store', async () => {
    const shelves = [new Shelf(), new Shelf()];
    const history = new History(shelves);
    await history.runs(KEY);
    await history.add([KEY, 'other'], run('a'));

    expect(await ids(history)).toEqual(['a']);
    for (const shelf of shelves) expect([...shelf.kept.keys()]).toEqual([KEY, 'other']);
  });

  it('asks the next store where the first is away or knows nothing', async () => {
    const [first, second] = [new Shelf(), new Shelf()];
    second.kept.set(KEY, [run('b')]);
    first.isAway = true;

    expect(await ids(new History([first, second]))).toEqual(['b']);
    first.isAway = false;
    expect(await ids(new History([first, second]))).toEqual(['b']);
  });

  it('knows nothing where every store is away, and refuses nothing', async () => {
    const shelf = new Shelf();
    shelf.isAway = true;
    const history = new History([shelf]);

    expect(await ids(history)).toEqual([]);
    await history.add([KEY], run('a'));
    expect(await ids(history)).toEqual(['a']);
  });

  it('gives a store that is back what it missed, in order, and reads it again', async () => {
    const shelf = new Shelf();
    const history = new History([shelf]);
    await history.runs(KEY);
    shelf.isAway = true;
    await history.add([KEY], run('a'));
    await history.add([KEY], run('b', 1));
    shelf.isAway = false;
    shelf.kept.set(KEY, [run('elsewhere', -1)]);
    await history.catchUp(shelf);

    expect(shelf.kept.get(KEY)?.map(({ executionId }) => executionId)).toEqual(['elsewhere', 'a', 'b']);
    await history.runs(KEY);
    await new Promise(setImmediate);
    expect(await ids(history)).toEqual(['elsewhere', 'a', 'b']);
  });

  it('keeps what a store missed for longer than one return that fails', async () => {
    const shelf = new Shelf();
    const history = new History([shelf]);
    shelf.isAway = true;
    await history.add([KEY], run('a'));
    await history.catchUp(shelf);
    shelf.isAway = false;
    await history.catchUp(shelf);

    expect(shelf.kept.get(KEY)).toEqual([run('a')]);
  });

  it('reads what is old again, behind an answer at once', async () => {
    const shelf = new Shelf();
    let now = 0;
    const history = new History([shelf], () => now);
    await history.runs(KEY);
    await history.add([KEY], run('a'));
    shelf.kept.set(KEY, [run('z', -1), run('a')]);
    now = 60_000;

    expect(await ids(history)).toEqual(['a']);
    await new Promise(setImmediate);
    expect(await ids(history)).toEqual(['z', 'a']);
  });

  it('counts a run once and keeps the last hundred, by the time of their ends', async () => {
    const history = new History([]);
    await history.runs(KEY);
    for (let at = 149; at >= 0; at--) await history.add([KEY], run(`run-${at}`, at));
    await history.add([KEY], run('run-149', 149));
    const known = await ids(history);

    expect(known).toHaveLength(100);
    expect(known.at(-1)).toBe('run-149');
  });
});
