import { hostname } from 'node:os';
import { VERSION } from '../config/version.js';
import type { CapturedRun } from './captured-run.js';

const FENCE = '````';

/** A report for people: what holds in a table, and of each component all that it printed, with the verdict's reasons. */
export function markdownReport(runs: readonly CapturedRun[], titles: Readonly<Record<string, string>>): string {
  const failed = runs.filter(({ success }) => !success);
  return [
    '# Doctor',
    '',
    `${failed.length === 0 ? 'All components hold' : `${String(failed.length)} of ${String(runs.length)} components fail: ${failed.map(({ module }) => module).join(', ')}`}.`,
    '',
    `cc-executor ${VERSION}, Node ${process.version}, ${process.platform} ${process.arch}, on ${hostname()}, ${runs[0]?.execution_time ?? ''}`,
    '',
    '| Component | Verdict | Checks | Seconds | Exit |',
    '| --------- | ------- | ------ | ------- | ---- |',
    ...runs.map(
      (run) =>
        `| ${run.module} | ${run.success ? 'pass' : 'FAIL'} | ${countsOf(run)} | ${run.duration_seconds.toFixed(1)} | ${run.exit_status} |`,
    ),
    '',
    ...runs.flatMap((run) => [
      `## ${run.module}`,
      '',
      `${titles[run.module] ?? ''}.`,
      '',
      `**Verdict: ${run.success ? 'pass' : 'FAIL'}.** ${reasonsFor(run).join(' ')}`,
      '',
      ...failuresOf(run).map((line) => `- ${line}`),
      ...(failuresOf(run).length > 0 ? [''] : []),
      `${FENCE}text`,
      run.output.replaceAll(FENCE, "'''").trimEnd(),
      FENCE,
      '',
    ]),
  ].join('\n');
}

/** The checks that do not hold: what, what was expected, what was measured. */
export function failuresOf({ output }: CapturedRun): string[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('FAIL  '))
    .map((line) => line.slice(6));
}

function reasonsFor(run: CapturedRun): string[] {
  const failures = failuresOf(run).length;
  if (run.success) return [`All of its ${countsOf(run)} checks measured what was expected.`];
  return [
    ...(failures > 0 ? [`${String(failures)} of its checks measured something else than was expected:`] : []),
    ...(run.has_error ? [`It did not come to its own end (${run.exit_status}); its last words are below.`] : []),
  ];
}

function countsOf({ output }: CapturedRun): string {
  return String(output.split('\n').filter((line) => /^(ok {4}|FAIL {2})/.test(line)).length);
}
