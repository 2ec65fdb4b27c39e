import { COMPLEXITIES, type Complexity } from '../../config/complexity.js';
import type { TaskHint } from '../task.js';
import { taskPart } from './task-part.js';

/** What is said of a task, each part in the form of keys; an empty part and a complexity that is none are left out. */
export function taskHintFrom(said: {
  readonly category?: string | undefined;
  readonly name?: string | undefined;
  readonly complexity?: string | undefined;
  readonly type?: string | undefined;
}): TaskHint {
  const [category, name, type] = [taskPart(said.category), taskPart(said.name), taskPart(said.type)];
  const complexity = COMPLEXITIES.find((known) => known === said.complexity?.trim().toLowerCase());
  return {
    ...(category !== undefined && { category }),
    ...(name !== undefined && { name }),
    ...(complexity !== undefined && { complexity: complexity satisfies Complexity }),
    ...(type !== undefined && { type }),
  };
}
