/** A table in Markdown: a line for each {what, unit, answers: {contender: true | false | number | string}}. */
export function formatComparison(rows) {
  const names = Object.keys(rows[0].answers);
  const cells = [
    ['', ...names],
    ...rows.map(({ what, unit, answers }) => [what, ...names.map((name) => cell(answers[name], unit))]),
  ];
  const widths = cells[0].map((_, i) => Math.max(3, ...cells.map((line) => line[i].length)));
  const line = (texts) => `| ${texts.map((text, i) => text.padEnd(widths[i])).join(' | ')} |`;
  return [line(cells[0]), line(widths.map((width) => '-'.repeat(width))), ...cells.slice(1).map(line)].join('\n');
}

function cell(answer, unit) {
  if (typeof answer === 'boolean') return answer ? 'yes' : 'no';
  if (typeof answer === 'string') return answer;
  return `${answer.toFixed(answer < 10 ? 1 : 0)} ${unit}`;
}
