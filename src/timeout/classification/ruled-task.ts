import type { ClassificationRule } from '../../config/classification.js';
import type { Task } from '../task.js';
import { taskPart } from './task-part.js';

/** How much of a word is looked at. */
const MAX_CHARACTERS = 256;

/** What a rule says of a task. */
export type RuledTask = Pick<Task, 'category' | 'name' | 'complexity' | 'type' | 'successExitCodes'>;

/** The task by a rule. What stands for a word that the command has not falls away, with the _ . or - before it. */
export function ruledTask(match: {
  readonly rule: ClassificationRule;
  readonly program: string;
  readonly operands: readonly string[];
}): RuledTask {
  const { category, name, complexity, type, successExitCodes } = match.rule;
  const values: Record<string, string | undefined> = {
    program: match.program,
    1: lastPart(match.operands[0]),
    2: lastPart(match.operands[1]),
  };
  const filled = name.replaceAll(/([_.-]?)<(program|1|2)>/g, (_, before: string, place: string) => {
    const value = values[place];
    return value === undefined || value === '' ? '' : before + value;
  });
  return { category, name: taskPart(filled) ?? 'unnamed', complexity, type, successExitCodes };
}

function lastPart(text: string | undefined): string | undefined {
  return text
    ?.slice(-MAX_CHARACTERS)
    .split('/')
    .findLast((part) => part !== '');
}
