import { PolicyError } from '../policy-error.js';
import { COMMAND_RULES, type CommandRule } from './command-rule.js';

const MAX_NAME_CHARACTERS = 128;

/**
 * The refusal of a command by a rule.
 *
 * @param name the command, of which no more than 128 characters are told
 * @param detail what in the command the rule refuses
 */
export function commandRefusal(name: string, rule: CommandRule, detail = ''): PolicyError {
  const shown = name.slice(0, MAX_NAME_CHARACTERS).toWellFormed().replaceAll('\0', '\ufffd');
  return new PolicyError(
    shown,
    rule,
    `${shown === '' ? '' : `${shown}: `}${COMMAND_RULES[rule]}${detail && ` (${detail})`}`,
  );
}
