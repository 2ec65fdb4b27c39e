import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { eventually } from './support/eventually.js';
import { descendants } from './support/proc.js';
import { Service } from './support/service.js';

jest.setTimeout(90_000);

const SESSIONS = 50;
const COMMANDS = 4;
const LINES = 40;

let service: Service;

beforeAll(async () => {
  service = await Service.start({ MAX_PROCESSES_PER_SESSION: String(COMMANDS) });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

afterEach(disconnectAll);

describe('200 commands at once over 50 sessions', () => {
  it('never mix', async () => {
    const clients = await Promise.all(Array.from({ length: SESSIONS }, () => Client.connect(service.url)));
    const helpers = descendants(service.pid).length;
    const executions = await Promise.all(
      clients.flatMap((client, session) =>
        Array.from({ length: COMMANDS }, async (_, command) => {
          const word = `s${session}c${command}`;
          // None begins to print before all are there.
          const loop = `read -r go; for ((i = 0; i < ${LINES}; i++)); do echo "$MARKER out $i"; echo "$MARKER err $i" >&2; done`;
          const execution = await client.execute({
            command: `${loop}; exit ${session}`,
            stdin: true,
            env: { MARKER: word },
            output: { mode: (['line', 'lines', 'chunk'] as const)[command % 3] },
          });
          return { client, session, word, execution };
        }),
      ),
    );
    expect(new Set(executions.map(({ execution }) => execution.id)).size).toBe(SESSIONS * COMMANDS);
    expect(new Set(executions.map(({ execution }) => execution.pid)).size).toBe(SESSIONS * COMMANDS);

    await Promise.all(
      executions.map(({ client, execution }) =>
        client.request('input', { execution_id: execution.id, data: 'go\n', eof: true }),
      ),
    );
    const ends = await Promise.all(executions.map(({ execution }) => execution.completed(60_000)));

    expect(ends.map((end) => end.exit_code)).toEqual(executions.map(({ session }) => session));
    for (const { word, execution } of executions) {
      for (const [stream, name] of [
        ['stdout', 'out'],
        ['stderr', 'err'],
      ] as const) {
        const expected = Array.from({ length: LINES }, (_, index) => `${word} ${name} ${index}\n`).join('');
        expect(execution.text(stream)).toBe(expected);
      }
    }
    for (const client of clients) {
      const ids = client.frames.map(({ params }) => params?.['execution_id']).filter((id) => id !== undefined);
      expect(new Set(ids).size).toBe(COMMANDS);
    }
    await eventually(
      () => descendants(service.pid).length,
      (count) => count <= helpers,
    );
  });
});
