import 'reflect-metadata';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inheritedEnvironment } from '../config/inherited-environment.js';
import type { CapturedRun } from '../doctor/captured-run.js';
import { COMPONENTS } from '../doctor/components.js';
import { examine } from '../doctor/doctor.js';
import type { DoctorComponent } from '../doctor/doctor-component.js';
import { failuresOf } from '../doctor/markdown-report.js';
import { runComponent } from '../doctor/run-component.js';

const USAGE = `Usage: npm run doctor -- [options]

Runs each part of the service on this machine for real, without a server of yours, and writes a report.
The exit code is 0 only if all of it holds.

Options:
  --only NAMES   some components, separated by commas
  --long         also what takes minutes
  --json         print the runs as JSON instead of lines
  --reports DIR  where the reports go (default: reports)
  --help         print this text

Components:
${COMPONENTS.map(({ name, title }) => `  ${name.padEnd(10)} ${title}`).join('\n')}
`;

/** EX_USAGE of sysexits(3). */
const EXIT_USAGE = 64;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'number') return options;
  if (options.component !== null) return runHere(options.component, options.isLong);
  const isTerminal = process.stderr.isTTY;
  const { runs, report, isHealthy } = await examine(options.components, options.isLong, options.reports, {
    onStart: ({ name }) => {
      if (isTerminal) process.stderr.write(`…     ${name}\n`);
    },
    onEnd: (run) => {
      if (!options.isJson) process.stdout.write(lineOf(run));
    },
  });
  if (options.isJson) process.stdout.write(`${JSON.stringify(runs, null, 2)}\n`);
  else process.stdout.write(`${isHealthy ? 'All of it holds' : 'Something fails'}: ${report}\n`);
  return isHealthy ? 0 : 1;
}

/** In the process that was started for the component. */
async function runHere(component: DoctorComponent, isLong: boolean): Promise<number> {
  const { CC_EXECUTOR_DOCTOR_DIRECTORY: directory = '.', ...variables } = inheritedEnvironment();
  const code = await runComponent(component, isLong, {
    ...variables,
    DATA_DIR: join(directory, 'data'),
    LOG_LEVEL: 'error',
  });
  // What it left open keeps it no longer.
  process.exit(code);
}

function readOptions():
  | {
      component: DoctorComponent | null;
      components: readonly DoctorComponent[];
      isLong: boolean;
      isJson: boolean;
      reports: string;
    }
  | number {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string' },
        long: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        reports: { type: 'string', default: 'reports' },
        component: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    const names = values.only?.split(',').map((name) => name.trim()) ?? COMPONENTS.map(({ name }) => name);
    return {
      component: values.component === undefined ? null : componentOf(values.component),
      components: names.map(componentOf),
      isLong: values.long,
      isJson: values.json,
      reports: resolve(values.reports),
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
}

function componentOf(wanted: string): DoctorComponent {
  const component = COMPONENTS.find(({ name }) => name === wanted);
  if (component === undefined) throw new Error(`There is no component ${JSON.stringify(wanted)}`);
  return component;
}

function lineOf(run: CapturedRun): string {
  const { module, success, duration_seconds: seconds, exit_status: status } = run;
  const failures = failuresOf(run).map((line) => `        ${line}\n`);
  const why = !success && failures.length === 0 ? ` (${status}) ${run.output.trim().split('\n').at(-1) ?? ''}` : '';
  return `${success ? 'ok  ' : 'FAIL'}  ${module.padEnd(10)} ${seconds.toFixed(1).padStart(5)} s${why}\n${failures.join('')}`;
}
