// A row: {metric, unit, service, reference?, referenceName?, ratio?, target?, note?}
// target: {of: 'service' | 'ratio', max? | min?}; a row without one is information.

/** True, false, or null for a row without a target. A number that could not be measured is a miss. */
export function meetsTarget(row) {
  if (row.target === undefined) return null;
  const value = row.target.of === 'ratio' ? ratioOf(row) : row.service;
  if (row.target.max !== undefined) return value <= row.target.max;
  return value >= row.target.min;
}

/** The whole table as text; the columns as wide as their widest cell. */
export function formatTable(rows) {
  const header = ['scenario', 'metric', 'service', 'reference', 'ratio', 'target', ''];
  const cells = rows.map((row) => [
    row.scenario,
    row.metric,
    quantity(row.service, row.unit),
    row.reference === undefined ? '' : `${quantity(row.reference, row.unit)} ${row.referenceName ?? 'bare'}`,
    ratioOf(row) === undefined ? '' : ratioOf(row).toFixed(2),
    targetText(row),
    verdict(row),
  ]);
  const widths = header.map((name, i) => Math.max(name.length, ...cells.map((line) => line[i].length)));
  const rightAligned = new Set([2, 4]);
  const format = (line) =>
    line
      .map((cell, i) => (rightAligned.has(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const body = cells.flatMap((line, i) => (i > 0 && line[0] !== cells[i - 1][0] ? ['', format(line)] : [format(line)]));
  return [format(header), rule, ...body].join('\n');
}

function ratioOf(row) {
  if (row.ratio !== undefined) return row.ratio;
  return row.reference === undefined || row.reference === 0 ? undefined : row.service / row.reference;
}

function targetText({ target, unit }) {
  if (target === undefined) return '';
  const sign = target.max === undefined ? '≥' : '≤';
  const bound = target.max ?? target.min;
  return target.of === 'ratio' ? `ratio ${sign} ${bound}` : `${sign} ${bound} ${unit}`.trimEnd();
}

function verdict(row) {
  const met = meetsTarget(row);
  return [met === null ? '' : met ? 'ok' : 'MISS', row.note ?? ''].filter((text) => text !== '').join(' ');
}

function quantity(value, unit) {
  if (Number.isNaN(value)) return 'none';
  const digits = Number.isInteger(value) ? 0 : Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`.trimEnd();
}
