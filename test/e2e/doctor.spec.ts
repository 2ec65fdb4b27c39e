import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Ending, Program, ROOT, runProgram } from './support/service.js';

jest.setTimeout(120_000);

const DOCTOR = join(ROOT, 'dist', 'cli', 'doctor.js');
const COMPONENTS = ['config', 'models', 'process', 'resource', 'session', 'stream', 'websocket', 'timeouts'];
const directory = mkdtempSync(join(tmpdir(), 'doctor-'));

/** One thing that is wrong in each component, and the check that is to see it. */
const FAULTS = [
  ['config', 'config/environment.js', ".split(',')", ".split(';')", "ALLOWED_COMMANDS='echo,ls,cat,grep': expected"],
  ['models', 'gateway/error-table.js', '-32005', '-32000', 'the error for too many requests: expected {"code":-32005'],
  ['process', 'process/execution-outcome.js', '-signalNumber', 'signalNumber', '`kill -9 $$`: expected'],
  ['resource', 'resource/load-multiplier.js', '> thresholdPercent', '>= thresholdPercent', 'the multiplier at 14 %'],
  [
    'session',
    'session/session.service.js',
    'this.active < this.config.session.maxSessions',
    'this.active <= this.config.session.maxSessions',
    'the fourth is refused',
  ],
  [
    'stream',
    'stream/pipe-reader.js',
    'this.#hash.update(chunk)',
    'this.#hash.update("")',
    'and their digest: expected',
  ],
  [
    'websocket',
    'gateway/reception.js',
    'version: VERSION,',
    "version: VERSION, session_id: 'none',",
    'it names the session: expected a UUID',
  ],
  [
    'timeouts',
    'timeout/timeout.service.js',
    "basedOn: 'exact_history'",
    "basedOn: 'default'",
    'after 5 runs of a minute: expected',
  ],
] as const;

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function run(program: string, args: readonly string[]): Promise<Ending> {
  const doctor = new Program([process.execPath, program, ...args], {});
  try {
    return await doctor.ended;
  } finally {
    doctor.remove();
  }
}

/** A copy of the built service in which each component has its fault, and one more cannot begin. */
function faultyCopy(): string {
  const root = join(directory, 'faulty');
  mkdirSync(root);
  cpSync(join(ROOT, 'dist'), join(root, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'config'), join(root, 'config'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(root, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  for (const [, file, right, wrong] of FAULTS) {
    const path = join(root, 'dist', file);
    const text = readFileSync(path, 'utf8');
    if (!text.includes(right)) throw new Error(`${file} has no ${right}`);
    writeFileSync(path, text.replace(right, wrong));
  }
  return join(root, 'dist', 'cli', 'doctor.js');
}

describe('the doctor', () => {
  const reports = join(directory, 'reports');
  let healthy: Ending;
  let faulty: Ending;

  beforeAll(async () => {
    [healthy, faulty] = await Promise.all([
      run(DOCTOR, ['--reports', reports]),
      run(faultyCopy(), ['--json', '--reports', join(directory, 'faulty-reports')]),
    ]);
  });

  it('finds every component of a service that works in order', () => {
    expect(healthy).toMatchObject({ code: 0, stderr: '' });
    for (const name of COMPONENTS) expect(healthy.stdout).toMatch(new RegExp(`^ok +${name} +[\\d.]+ s$`, 'm'));
    expect(healthy.stdout).toMatch(/^All of it holds: .*\.md\n$/m);
  });

  it('keeps a run of each component, and a report of all', () => {
    const files = readdirSync(reports).sort();
    const report = files.find((file) => file.endsWith('.md')) ?? '';
    const text = readFileSync(join(reports, report), 'utf8');

    expect(files).toHaveLength(COMPONENTS.length + 1);
    for (const name of COMPONENTS) {
      const file = files.find((each) => each.startsWith(`${name}_`)) ?? '';
      const kept = JSON.parse(readFileSync(join(reports, file), 'utf8')) as { output: string };
      expect(kept).toEqual({
        filename: `dist/doctor/component/${name}.js`,
        module: name,
        timestamp: expect.stringMatching(/^\d{8}_\d{6}$/),
        execution_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        duration_seconds: expect.any(Number),
        output: expect.stringMatching(new RegExp(`${name}: \\d+ checks, 0 failed\n$`)),
        line_count: expect.any(Number),
        success: true,
        has_error: false,
        exit_status: 'exit 0',
      });
      expect(text).toMatch(new RegExp(`^\\| ${name} +\\| pass +\\| [1-9]`, 'm'));
      expect(text).toContain(`## ${name}`);
      expect(text).toContain(kept.output.trimEnd());
    }
  });

  it.each(FAULTS)('sees a fault in %s', (name, _file, _right, _wrong, said) => {
    const runs = JSON.parse(faulty.stdout) as any[];
    const { success, exit_status, output } = runs.find(({ module }) => module === name);

    expect({ success, exit_status }).toEqual({ success: false, exit_status: 'exit 1' });
    expect(output).toContain(`FAIL  ${said}`);
    expect(faulty.code).toBe(1);
  });

  it('tells in the report what was expected and what was measured', () => {
    const [report = ''] = readdirSync(join(directory, 'faulty-reports')).filter((file) => file.endsWith('.md'));
    const text = readFileSync(join(directory, 'faulty-reports', report), 'utf8');

    expect(text).toContain('8 of 8 components fail');
    expect(text).toMatch(/^- the multiplier at 14 % of CPU, and of GPU: expected \[1,1\], measured \[3,1\]$/m);
  });

  it('tells of a component that cannot come to its end', async () => {
    const copy = join(directory, 'faulty', 'dist', 'cli', 'doctor.js');
    writeFileSync(
      join(directory, 'faulty', 'dist', 'resource', 'load-multiplier.js'),
      'export function loadMultiplier() {\n  process.exit(7);\n}\n',
    );
    const { code, stdout } = await run(copy, ['--only', 'resource', '--reports', join(directory, 'broken')]);

    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAIL +resource +[\d.]+ s \(exit 7\)/m);
  });

  it.each([
    [['--only', 'heart'], 'There is no component "heart"'],
    [['--quick'], "Unknown option '--quick'"],
  ])('refuses %j', async (args, fault) => {
    const { code, stderr } = await runProgram([DOCTOR, ...args]);

    expect(code).toBe(64);
    expect(stderr).toContain(fault);
  });
});

describe('cc-executor', () => {
  it('has the doctor beside the other commands', async () => {
    const program = join(ROOT, 'dist', 'cli', 'cc-executor.js');
    const { code, stdout } = await runProgram([program, 'doctor', '--help']);

    expect(code).toBe(0);
    expect(stdout).toContain('npm run doctor');
    expect(await runProgram([program, 'operate'])).toMatchObject({ code: 64, stdout: '' });
  });
});
