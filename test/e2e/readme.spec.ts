import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { itPython } from './support/it-python.js';
import { type Ending, Program, ROOT, Service, runProgram } from './support/service.js';

jest.setTimeout(90_000);

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const URL = 'ws://127.0.0.1:8003/ws/mcp';

let service: Service;

beforeAll(async () => {
  service = await Service.start();
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

/** The blocks of code in one language under a heading. */
function blocks(heading: string, language: string): string[] {
  const [, section = ''] = new RegExp(`^## ${heading}\n([^]*?)(?=^## )`, 'm').exec(README) ?? [];
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code);
}

/** Runs lines of shell in the project's directory, against the service of this test. */
async function shell(lines: string): Promise<Ending> {
  const program = new Program(['sh', '-c', `cd "$PROJECT"\n${lines.replaceAll(URL, service.url)}`], { PROJECT: ROOT });
  try {
    return await program.ended;
  } finally {
    program.remove();
  }
}

describe('the first command of the README', () => {
  const [start, exec = '', program = ''] = blocks('The first command', 'sh');

  it('needs the service started', () => {
    expect(start).toBe('npm start\n');
  });

  it('is streamed by a shell and by a program', async () => {
    const line = exec.replace('npm run exec --', `node dist/cli/exec.js --url ${service.url}`);
    expect(line).not.toBe(exec);
    expect(program).toContain(URL);
    const [byShell, byProgram] = await Promise.all([shell(line), shell(program)]);

    expect(byShell).toMatchObject({ code: 0, stdout: '1\n2\n3\n', stderr: '' });
    expect(byProgram).toMatchObject({ code: 0, stdout: '1\n2\n3\nexit code 0\n', stderr: '' });
  });
});

describe('a client of the README', () => {
  it.each(blocks('Clients', 'js').map((code, index) => [index + 1, code] as const))(
    'in JavaScript, number %i, prints what the command prints and exits with its code',
    async (_number, code) => {
      expect(code).toContain(URL);
      const program = `node --input-type=module <<'END'\n${code}END\n`;

      expect(await shell(program)).toMatchObject({ code: 3, stdout: '1\n2\n3\n', stderr: '' });
    },
  );

  itPython('in Python does so, too', async (python) => {
    const [code = ''] = blocks('Clients', 'python');
    expect(code).toContain(URL);

    expect(await shell(`${python} - <<'END'\n${code}END\n`)).toMatchObject({
      code: 3,
      stdout: '1\n2\n3\n',
      stderr: '',
    });
  });
});

describe('the comparison of the README', () => {
  /** The cells of the table's lines with yes and no, by column and question. */
  function answers(text: string): Map<string, Map<string, string>> {
    const [names = [], ...lines] = text
      .split('\n')
      .filter((line) => line.startsWith('| ') && (/\| (yes|no) /.test(line) || line.includes('| service |')))
      .map((line) => line.split('|').map((cell) => cell.trim()));
    const columns = names.flatMap((name, index) => (name === '' ? [] : [[name, index] as const]));
    return new Map(
      columns.map(([name, index]) => [name, new Map(lines.map((cells) => [cells[1] ?? '', cells[index] ?? '']))]),
    );
  }

  const [, section = ''] = /^## Against the alternatives\n([^]*?)(?=^## )/m.exec(README) ?? [];
  const told = answers(section);

  it('has what the bench measures here', async () => {
    const { stdout, stderr, code } = await runProgram([join(ROOT, 'bench', 'run.mjs'), 'compare', '--quick']);
    const measured = answers(stdout);

    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect([...measured.keys()]).toEqual(expect.arrayContaining(['service', 'bare']));
    for (const [name, column] of measured) expect({ name, column }).toEqual({ name, column: told.get(name) });
    expect(told.get('service')?.size).toBeGreaterThan(9);
  });
});
