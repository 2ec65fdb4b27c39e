import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../e2e/support/eventually.js';
import { ProcessRoom } from './support/process-room.js';

const directory = mkdtempSync(join(tmpdir(), 'without-libc-'));
const hooks = join(directory, 'hooks.mjs');
const register = join(directory, 'register.mjs');
writeFileSync(
  hooks,
  `export async function resolve(name, context, next) {
  if (name === 'koffi') throw new Error('no binary for this system');
  return next(name, context);
}`,
);
writeFileSync(register, `import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);`);

let room: ProcessRoom;
const told = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);

afterEach(async () => {
  await room.close();
  told.mockClear();
});

afterAll(() => {
  told.mockRestore();
  rmSync(directory, { recursive: true });
});

describe.each(['attached', 'detached'])('where the C library cannot be called, a launcher that is %s', (LAUNCHER) => {
  it('starts commands by fork, and tells why they start later', async () => {
    room = new ProcessRoom({ LAUNCHER, NODE_OPTIONS: `--import=${register}` });
    const { stdout, outcome } = await room.run('echo by fork');

    expect(stdout).toBe('by fork\n');
    expect(await outcome).toMatchObject({ exitCode: 0 });
    await eventually(
      () => told.mock.calls.map(([text]) => String(text)),
      (texts) => texts.some((text) => /by fork.*no binary for this system/.test(text)),
    );
  });
});
