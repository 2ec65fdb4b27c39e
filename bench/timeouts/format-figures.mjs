const ESTIMATOR_COLUMNS = ['over %', 'killed %', 'noticed'];

/**
 * The replays as a table: for the first estimator mean and worst over the seeds, for the others the mean. Shares of
 * healthy runs over their limit and killed in percent; when hung runs were noticed as a share of the static limit.
 */
export function formatFigures(figures) {
  const names = figures[0]?.byEstimator.map(({ estimator }) => estimator) ?? [];
  const head = [
    'trace',
    'median s',
    'possible',
    ...names.flatMap(() => ESTIMATOR_COLUMNS),
    'killed ≤ 0.5',
    'noticed ≤ 0.25',
  ];
  const rows = figures.map(({ trace, medianMs, possible, byEstimator, targets }) => [
    trace,
    (medianMs / 1000).toFixed(2),
    possible.toFixed(2),
    ...byEstimator.flatMap((each, index) => cells(each, index === 0)),
    ...targets.map((isMet) => (isMet === null ? '' : isMet ? 'ok' : 'MISS')),
  ]);
  const widths = head.map((cell, i) => Math.max(...[head, ...rows].map((row) => row[i].length), cell.length));
  const groups = names.map((name, i) => {
    const at = 3 + ESTIMATOR_COLUMNS.length * i;
    return name.padEnd(widths.slice(at, at + ESTIMATOR_COLUMNS.length).reduce((sum, width) => sum + width + 2, -2));
  });
  const line = (row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  const indent = ' '.repeat(widths.slice(0, 3).reduce((sum, width) => sum + width + 2, 0));
  return [`${indent}${groups.join('  ')}`, line(head), ...rows.map(line)].join('\n');
}

function cells({ over, killed, noticed }, hasWorst) {
  const text = ({ mean, worst }, factor) =>
    hasWorst ? `${(mean * factor).toFixed(2)} (${(worst * factor).toFixed(2)})` : (mean * factor).toFixed(2);
  return [text(over, 100), text(killed, 100), text(noticed, 1)];
}
