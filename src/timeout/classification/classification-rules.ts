import type { Classification, ClassificationRule } from '../../config/classification.js';
import { CommandReading } from './command-reading.js';
import { GlobSet } from './glob-set.js';
import { Mentions } from './mentions.js';
import { ProgramIndex } from './program-index.js';
import type { SimpleCommand } from './simple-command.js';
import { SubcommandSet } from './subcommand-set.js';

interface Matcher {
  readonly rule: ClassificationRule;
  readonly programs: GlobSet;
  readonly subcommands: SubcommandSet | null;
  readonly arguments: GlobSet | null;
  readonly mentions: Mentions | null;
  /** One set for all that name the same list. */
  readonly valueOptions: ReadonlySet<string>;
}

/** A rule that fits a command, and the command's arguments that are no options. */
interface Match {
  readonly rule: ClassificationRule;
  readonly program: string;
  readonly operands: readonly string[];
}

/** The rules of a table, ready to be asked. */
export class ClassificationRules {
  readonly #matchers: ProgramIndex<Matcher>;

  constructor({ rules }: Pick<Classification, 'rules'>) {
    this.#matchers = new ProgramIndex(matchersOf(rules));
  }

  /**
   * The first rule that fits a command.
   *
   * @param piped the commands whose output it reads
   */
  match(command: SimpleCommand, piped: readonly SimpleCommand[]): Match | null {
    const reading = new CommandReading(command, piped);
    const { program } = reading;
    const found = this.#matchers.of(program).find((matcher) => fits(matcher, reading));
    return found === undefined ? null : { rule: found.rule, program, operands: reading.operands(found.valueOptions) };
  }
}

function matchersOf(rules: readonly ClassificationRule[]): Matcher[] {
  const sets = new Map<readonly string[], ReadonlySet<string>>();
  return rules.map((rule) => {
    const valueOptions = sets.get(rule.valueOptions) ?? new Set(rule.valueOptions);
    sets.set(rule.valueOptions, valueOptions);
    return {
      rule,
      programs: new GlobSet(rule.programs),
      subcommands: rule.subcommands === null ? null : new SubcommandSet(rule.subcommands),
      arguments: rule.arguments === null ? null : new GlobSet(rule.arguments),
      mentions: rule.mentions === null ? null : new Mentions(rule.mentions),
      valueOptions,
    };
  });
}

function fits(matcher: Matcher, reading: CommandReading): boolean {
  const { rule, subcommands, mentions, valueOptions } = matcher;
  return (
    reading.arguments.length <= rule.maxArguments &&
    (matcher.arguments === null || reading.arguments.some((argument) => matcher.arguments?.has(argument))) &&
    (subcommands === null || subcommands.wordsOf(reading.operands(valueOptions)) > 0) &&
    (rule.minCharacters === 0 || reading.text(valueOptions).length >= rule.minCharacters) &&
    (mentions === null || mentions.occurIn(reading.plainText(valueOptions)))
  );
}
