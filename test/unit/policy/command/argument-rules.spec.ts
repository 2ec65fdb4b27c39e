import { describe, expect, it } from '@jest/globals';
import { type ArgumentLimits, ArgumentRules } from '../../../../src/policy/command/argument-rules.js';

function fault(limits: Partial<ArgumentLimits>, words: readonly string[]): string | null {
  const none = { subcommands: null, allowedOptions: null, deniedOptions: [], operands: null, deniedOperands: [] };
  return new ArgumentRules({ ...none, maxArguments: Infinity, ...limits }).fault(words);
}

describe('arguments', () => {
  it.each<[Partial<ArgumentLimits>, readonly string[]]>([
    [{}, ['-x', '--y=z', 'a', '']],
    [{ maxArguments: 2 }, ['a', 'b']],
    [{ subcommands: ['status', 'remote show'] }, ['status', '-s']],
    [{ subcommands: ['status', 'remote show'] }, ['remote', 'show', 'origin']],
    [{ subcommands: ['status'], operands: ['*.c'] }, ['status', 'a.c']],
    [{ allowedOptions: ['-l', '--max=*'] }, ['-l', '--max=3', 'anything', '-']],
    [{ allowedOptions: ['--'] }, ['--', 'a']],
    [{ deniedOptions: ['-o', '--output'] }, ['-x', '--other', '--', 'o']],
    [{ deniedOptions: ['--output-separator'], allowedOptions: ['--output', '--output=*'] }, ['--output', '--output=x']],
    [{ operands: ['src/**', '-'] }, ['src/a/b', '-', '-x']],
    [{ deniedOperands: ['/etc/**'] }, ['/usr', 'etc']],
  ])('with %j may be %j', (limits, words) => {
    expect(fault(limits, words)).toBeNull();
  });

  it.each<[Partial<ArgumentLimits>, readonly string[], string]>([
    [{ maxArguments: 2 }, ['a', 'b', 'c'], 'at most 2 arguments are allowed'],
    [{ maxArguments: 0 }, ['a'], 'at most 0 arguments are allowed'],
    [{ subcommands: ['status', 'remote show'] }, [], 'the first argument must be one of status, remote show'],
    [{ subcommands: ['status'] }, ['push'], 'the first argument must be one of status'],
    [{ subcommands: ['status'] }, ['-c', 'x', 'status'], 'the first argument must be one of status'],
    [{ subcommands: ['remote show'] }, ['remote', 'add'], 'the first argument must be one of remote show'],
    [{ subcommands: ['status'] }, ['stat'], 'the first argument must be one of status'],
    [{ allowedOptions: ['-l'] }, ['-la'], 'the option "-la" is not among those allowed'],
    [{ allowedOptions: ['-l'] }, ['--', 'x'], 'the option "--" is not among those allowed'],
    [{ allowedOptions: ['--max=*'] }, ['--max'], 'the option "--max" is not among those allowed'],
    [{ allowedOptions: ['-l'] }, ['x', '-rf'], 'the option "-rf" is not among those allowed'],
    [{ deniedOptions: ['--output'] }, ['--output'], 'the option "--output" is denied'],
    [{ deniedOptions: ['--output'] }, ['--output=x'], 'the option "--output=x" is denied'],
    [{ deniedOptions: ['--output'] }, ['--outp=x'], 'the option "--outp=x" is denied'],
    [{ deniedOptions: ['--output'] }, ['--o'], 'the option "--o" is denied'],
    [{ deniedOptions: ['--output'] }, ['--', '--output'], 'the option "--output" is denied'],
    [{ deniedOptions: ['-o'] }, ['-o'], 'the option "-o" is denied'],
    [{ deniedOptions: ['-o'] }, ['-ofile'], 'the option "-ofile" is denied'],
    [{ deniedOptions: ['-o'] }, ['-xo'], 'the option "-xo" is denied'],
    [{ deniedOptions: ['-o'], allowedOptions: ['-*'] }, ['-xo'], 'the option "-xo" is denied'],
    [{ deniedOptions: ['-exec*'] }, ['-execdir'], 'the option "-execdir" is denied'],
    [{ deniedOptions: ['-exec'] }, ['-exec'], 'the option "-exec" is denied'],
    [{ deniedOptions: ['-exec'] }, ['--exec'], 'the option "--exec" is denied'],
    [{ operands: ['*.c'] }, ['a.h'], 'the argument "a.h" is not among those allowed'],
    [{ operands: ['src/**'] }, ['src/../x'], 'the argument "src/../x" is not among those allowed'],
    [{ deniedOperands: ['/etc/**'] }, ['/etc/shadow'], 'the argument "/etc/shadow" is denied'],
    [{ operands: ['**'], deniedOperands: ['-'] }, ['-'], 'the argument "-" is denied'],
  ])('with %j may not be %j', (limits, words, text) => {
    expect(fault(limits, words)).toBe(text);
  });
});
