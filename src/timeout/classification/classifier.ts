import { createHash } from 'node:crypto';
import type { Classification } from '../../config/classification.js';
import { COMPLEXITIES, type Complexity } from '../../config/complexity.js';
import { argvCommand } from './argv-command.js';
import { ClassificationRules } from './classification-rules.js';
import { commandWords } from './command-words.js';
import { CommandUnwrapper } from './command-unwrapper.js';
import { normalForm } from './normal-form.js';
import { Recent } from './recent.js';
import { ruledTask, type RuledTask } from './ruled-task.js';
import type { SimpleCommand } from './simple-command.js';
import type { Task, TaskHint } from '../task.js';
import { taskHintFrom } from './task-hint-from.js';
import { taskTags } from './task-tags.js';

/** How much of a command, and how many simple commands of it, are looked at. */
const MAX_CHARACTERS = 16_384;
const MAX_COMMANDS = 200;
const DIGEST_CHARACTERS = 12;
const CACHED_COMMANDS = 500;
const MAX_CACHED_CHARACTERS = 4096;
/** What a command counts as that no rule fits. */
const UNRULED: Complexity = 'medium';

/** All that a command itself tells. */
interface Reading {
  readonly tags: TaskHint;
  /** Null where no rule fits the command that decides. */
  readonly ruled: RuledTask | null;
  readonly digest: string;
  /** The task where the client says nothing of it. */
  readonly task: Task;
}

/** Tells the task of a command. */
export class Classifier {
  readonly #rules: ClassificationRules;
  readonly #unwrapper: CommandUnwrapper;
  readonly #lines = new Recent<Reading>(CACHED_COMMANDS);
  readonly #argvs = new Recent<Reading>(CACHED_COMMANDS);

  constructor(table: Classification) {
    this.#rules = new ClassificationRules(table);
    this.#unwrapper = new CommandUnwrapper(table.wrappers);
  }

  /**
   * The task of a program: each part from the client's hint, else from tags in the command, else from the first rule that
   * fits; a task that none of them names is named by the digest of its normal form. The first 16384 characters and 200 simple commands count.
   * The same for the same program, and never throws.
   */
  classify(program: { readonly command: string } | { readonly argv: readonly string[] }, hint: TaskHint = {}): Task {
    const reading = 'argv' in program ? this.#argv(program.argv) : this.#line(program.command);
    return Object.keys(hint).length === 0 ? reading.task : taskOf(reading, taskHintFrom(hint));
  }

  #line(command: string): Reading {
    return remembered(this.#lines, command, () => {
      const { hint, rest } = taskTags(command.slice(0, MAX_CHARACTERS));
      return this.#read(hint, commandWords(rest));
    });
  }

  #argv(argv: readonly string[]): Reading {
    return remembered(this.#argvs, isShort(argv) ? argv.join('\0') : '', () => {
      const { hint, command } = argvCommand(argv, MAX_CHARACTERS);
      return this.#read(hint, command.words.length > 0 ? [command] : []);
    });
  }

  #read(tags: TaskHint, written: readonly SimpleCommand[]): Reading {
    const commands = this.#unwrapper.unwrap(written);
    const digest = createHash('sha256').update(normalForm(commands)).digest('hex').slice(0, DIGEST_CHARACTERS);
    const ruled = this.#deciding(commands);
    const reading = { tags, ruled, digest };
    return { ...reading, task: taskOf(reading, {}) };
  }

  /** By the first of the most complex commands; those that prepare others come after their equals. */
  #deciding(commands: readonly SimpleCommand[]): RuledTask | null {
    let best: RuledTask | null = null;
    let bestRank = -1;
    let pipeStart = 0;
    for (const [index, command] of commands.slice(0, MAX_COMMANDS).entries()) {
      if (!command.isPiped) pipeStart = index;
      const match = this.#rules.match(command, commands.slice(pipeStart, index));
      const complexity = COMPLEXITIES.indexOf(match?.rule.complexity ?? UNRULED);
      const rank = (command.isBackground ? 0 : 100) + 2 * complexity + (match?.rule.isSetup === true ? 0 : 1);
      if (rank <= bestRank) continue;
      bestRank = rank;
      best = match === null ? null : ruledTask(match);
    }
    return best;
  }
}

function taskOf({ tags, ruled, digest }: Omit<Reading, 'task'>, hint: TaskHint): Task {
  const { category, name, complexity, type } = { ...tags, ...hint };
  const isNamed = category !== undefined && name !== undefined;
  return Object.freeze({
    category: category ?? ruled?.category ?? 'unknown',
    name: name ?? ruled?.name ?? digest,
    complexity: complexity ?? ruled?.complexity ?? UNRULED,
    type: type ?? ruled?.type ?? (isNamed ? 'general' : 'unknown'),
    digest: name === undefined && ruled !== null ? digest : null,
    isKnown: isNamed || ruled !== null,
    successExitCodes: ruled?.successExitCodes ?? [0],
  });
}

function isShort(argv: readonly string[]): boolean {
  let left = MAX_CACHED_CHARACTERS;
  return argv.every((argument) => (left -= argument.length + 1) >= 0);
}

/** What is kept under a key, or is worked out; what has a long key or none is not kept. */
function remembered(kept: Recent<Reading>, key: string, read: () => Reading): Reading {
  if (key === '' || key.length > MAX_CACHED_CHARACTERS) return read();
  const known = kept.get(key);
  if (known !== undefined) return known;
  const reading = read();
  kept.set(key, reading);
  return reading;
}
