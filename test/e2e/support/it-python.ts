import { spawnSync } from 'node:child_process';
import { expect, it } from '@jest/globals';

/** A Python that has the package websockets; null where there is none. */
const PYTHON = ['python3', '/usr/bin/python3'].find((python) => hasWebsockets(python)) ?? null;

/** `it` of a test that runs Python clients. Skipped where they cannot be run; under CI=true that is a failure. */
export function itPython(title: string, body: (python: string) => Promise<void>): void {
  (PYTHON === null && process.env['CI'] !== 'true' ? it.skip : it)(
    `${title} (Python's package websockets)`,
    async () => {
      expect(PYTHON).not.toBeNull();
      await body(PYTHON ?? '');
    },
  );
}

function hasWebsockets(python: string): boolean {
  return spawnSync(python, ['-c', 'import websockets'], { stdio: 'ignore' }).status === 0;
}
