import { CONTENDERS } from '../compare/contenders.mjs';
import { formatComparison } from '../compare/format-comparison.mjs';
import { measureFigures } from '../compare/measure-figures.mjs';
import { QUESTIONS } from '../compare/questions.mjs';
import { within } from '../harness/clock.mjs';

const ANSWER_WITHIN_MS = 20_000;

export const name = 'compare';
export const title = 'the same questions to this service, websocketd and a bare server';
export const targets = { yes: { of: 'service', min: QUESTIONS.length } };

export async function run({ servers, quick, targets }) {
  const there = CONTENDERS.filter(({ isHere }) => isHere());
  const missing = CONTENDERS.filter((contender) => !there.includes(contender));
  const measured = [];
  for (const { name, start, open } of there) {
    const { server, figures } = await measureFigures({ start: () => start(servers), open }, quick);
    measured.push({
      name,
      figures,
      ask: ({ what, ask }) =>
        within(
          ANSWER_WITHIN_MS,
          ask((options) => open(server, options)),
          `${name}: ${what}`,
        ),
    });
  }
  const named = (values) => Object.fromEntries(measured.map(({ name }, i) => [name, values[i]]));
  const rows = await Promise.all(
    QUESTIONS.map(async (question) => ({
      what: question.what,
      answers: named(await Promise.all(measured.map(({ ask }) => ask(question)))),
    })),
  );
  for (const [i, { what, unit }] of measured[0].figures.entries())
    rows.push({ what, unit, answers: named(measured.map(({ figures }) => figures[i].value)) });

  console.log(`\n\n${formatComparison(rows)}\n`);
  for (const { name } of missing) console.log(`${name} is left out: it is not in PATH`);
  return [
    {
      metric: 'questions that the service answers with yes',
      unit: '',
      service: rows.filter(({ answers }) => answers.service === true).length,
      target: targets.yes,
    },
  ];
}
