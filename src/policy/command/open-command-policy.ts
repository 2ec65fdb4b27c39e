import { normalize } from 'node:path';
import type { AppConfig } from '../../config/app-config.js';
import { ConfigError } from '../../config/config-error.js';
import { readYamlFile } from '../../config/yaml-file.js';
import { EnvironmentPolicy } from '../environment-policy.js';
import { WorkingDirectory } from '../working-directory.js';
import { ArgumentRules } from './argument-rules.js';
import { CommandPolicy } from './command-policy.js';
import { runsCommands } from './command-runners.js';
import { type CommandEntry, type PolicyTable, policyTable } from './policy-table.js';
import { ProgramTable } from './program-table.js';
import { RUNNING_OPTIONS } from './running-options.js';

const MAX_FILE_FAULTS = 20;

/**
 * Reads the policy file, finds the allowed programs and the root of the working directories, once.
 * @throws ConfigError that names every fault in a line
 */
export function openCommandPolicy(config: AppConfig['policy']): CommandPolicy {
  const { allowedCommands, path, policyFile } = config;
  const faults: string[] = [];
  const table = readTable(policyFile, faults);
  const entries = entriesByProgram(table, allowedCommands, faults);
  const programs = allowedCommands === null ? null : new ProgramTable(usableNames(allowedCommands, faults), path);
  if (programs !== null) faults.push(...unacceptedRunners(programs, entries));
  const directory = openDirectory(config, faults);
  if (faults.length > 0 || directory === null) throw new ConfigError(faults);
  return new CommandPolicy(
    programs && {
      programs,
      rules: rulesOf(allowedCommands ?? [], entries),
      bash: new ProgramTable(['bash'], path).find('bash'),
    },
    new EnvironmentPolicy(table.environment ?? (allowedCommands === null ? 'any' : 'harmless')),
    directory,
  );
}

function readTable(file: string | null, faults: string[]): PolicyTable {
  if (file === null) return { commands: [], environment: null };
  let count = 0;
  const fault = (text: string): void => {
    count += 1;
    if (count <= MAX_FILE_FAULTS) faults.push(`POLICY_FILE: ${text}`);
  };
  const table = policyTable(readYamlFile(file, fault), fault);
  if (count > MAX_FILE_FAULTS) faults.push(`POLICY_FILE: and ${count - MAX_FILE_FAULTS} faults more`);
  return table;
}

function entriesByProgram(
  table: PolicyTable,
  allowed: readonly string[] | null,
  faults: string[],
): ReadonlyMap<string, CommandEntry> {
  const entries = new Map<string, CommandEntry>();
  if (allowed === null && table.commands.length > 0)
    faults.push('POLICY_FILE: commands has rules that hold for nothing, as ALLOWED_COMMANDS is not set');
  for (const entry of table.commands) {
    for (const program of entry.programs) {
      const before = entries.get(program);
      const place = `POLICY_FILE: ${entry.place}.programs`;
      if (before !== undefined) faults.push(`${place}: ${program} is in ${before.place} already`);
      if (allowed?.includes(program) === false) faults.push(`${place}: ${program} is not in ALLOWED_COMMANDS`);
      entries.set(program, entry);
    }
  }
  return entries;
}

/** A name is looked up in PATH; with a / it must be the one way to write an absolute path. */
function usableNames(allowed: readonly string[], faults: string[]): readonly string[] {
  const isUsable = (name: string): boolean =>
    name.includes('/')
      ? name.startsWith('/') && !name.endsWith('/') && normalize(name) === name
      : name !== '.' && name !== '..';
  for (const name of allowed.filter((each) => !isUsable(each)))
    faults.push(`ALLOWED_COMMANDS: ${JSON.stringify(name)} must be the name of a program or its absolute path`);
  return allowed.filter(isUsable);
}

function unacceptedRunners(programs: ProgramTable, entries: ReadonlyMap<string, CommandEntry>): string[] {
  return programs.names
    .filter((name) => runsCommands(name, programs.realPath(name)) && entries.get(name)?.runsCommands !== true)
    .map(
      (name) =>
        `ALLOWED_COMMANDS: ${name} runs other commands; take it off the list, or say runs_commands: accepted in POLICY_FILE`,
    );
}

function rulesOf(
  allowed: readonly string[],
  entries: ReadonlyMap<string, CommandEntry>,
): ReadonlyMap<string, ArgumentRules> {
  const unlimited = {
    subcommands: null,
    allowedOptions: null,
    operands: null,
    deniedOperands: [],
    maxArguments: Infinity,
  };
  return new Map(
    allowed.map((name) => {
      const entry = entries.get(name);
      const running =
        entry?.runsCommands === true ? [] : (RUNNING_OPTIONS.get(name.slice(name.lastIndexOf('/') + 1)) ?? []);
      const deniedOptions = [...(entry?.limits.deniedOptions ?? []), ...running];
      return [name, new ArgumentRules({ ...unlimited, ...entry?.limits, deniedOptions })];
    }),
  );
}

function openDirectory({ directory, workdirRoot }: AppConfig['policy'], faults: string[]): WorkingDirectory | null {
  try {
    return new WorkingDirectory(directory, workdirRoot);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    faults.push(`WORKDIR_ROOT: ${code === undefined ? 'must be a directory' : `cannot be used (${code})`}`);
    return null;
  }
}
