import type { Client } from './client.js';
import { eventually } from './eventually.js';
import type { Execution } from './execution.js';
import { mark, marked, processRow } from './proc.js';
import { fixture } from './service.js';
import type { Params } from './wire.js';

/** Shapes of test/fixtures/tree.sh whose process leaves the group of its leader. */
const LEAVES_GROUP = ['setsid', 'double-fork', 'daemon', 'stubborn'];

/** A running tree.sh. */
export interface Tree {
  readonly execution: Execution;
  readonly mark: string;
  /** Pid by shape. */
  readonly pids: ReadonlyMap<string, number>;
}

/** Starts tree.sh and resolves when every process of it is where its shape says. */
export async function startTree(client: Client, shapes: readonly string[], params: Params = {}): Promise<Tree> {
  const { id, env } = mark();
  const execution = await client.execute({ argv: ['bash', fixture('tree.sh'), ...shapes], env, ...params });
  await execution.prints('ready\n');
  const pids = new Map(
    [...execution.text('stdout').matchAll(/^(\S+) (\d+)$/gm)].map(([, shape = '', pid]) => [shape, Number(pid)]),
  );
  for (const [shape, pid] of pids) {
    if (!LEAVES_GROUP.includes(shape)) continue;
    await eventually(
      () => processRow(pid),
      (row) => row?.session === pid,
    );
  }
  await eventually(
    () => marked(id).length,
    (count) => count > shapes.length,
  );
  return { execution, mark: id, pids };
}
