/** Each guard of the reading of commands, switched off: a file of src/policy, the one place in it, what takes its place, what that is. */
const WORD = 'command/shell/literal-word.ts';
const TREE = 'command/shell/flatten.ts';
const GAPS = 'command/shell/is-only-words.ts';
const LINE = 'command/shell/read-command-line.ts';

export const SYNTAX_MUTANTS = [
  ...['`', '*', '?', '[', '{', '}', '<', '>', '(', ')', '&', '|', ';', ' ', '\\t', '\\n'].map((char) => {
    const entry = new RegExp(
      `\\n  \\['${char === '\\t' || char === '\\n' ? `\\${char}` : `[${char === '[' ? '\\[' : char}]`}', `,
    );
    return [WORD, entry, "\n  ['no such', ", `an unquoted ${JSON.stringify(char)} is literal`];
  }),
  [
    WORD,
    "char === '$') return at === source.length - 1 ? null : dollarRule(source, at)",
    "char === '$') return null",
    'an unquoted $ is literal',
  ],
  [WORD, "before === undefined || before === '=' || before === ':' ? 'tilde' : null", 'null', 'a ~ is literal'],
  [WORD, "before === undefined || before === '=' ||", "before === '=' ||", 'a ~ at the start is literal'],
  [WORD, "before === '=' || before === ':'", "before === ':'", 'a ~ after = is literal'],
  [WORD, "|| before === ':'", '', 'a ~ after : is literal'],
  [WORD, "before === undefined ? 'unknown_syntax' : null", 'null', 'a # at the start is literal'],
  [WORD, "if (at === source.length) return { rule: 'not_well_formed' };", '', 'a \\ at the end is nothing'],
  [
    WORD,
    "if (end === -1) return { rule: 'not_well_formed' };",
    'if (end === -1) return { value: value + source.slice(at + 1) };',
    'a single quote may stay open',
  ],
  [WORD, "    if (char === '`') return { rule: 'substitution' };\n", '', 'a ` in double quotes is literal'],
  [
    WORD,
    `if (char === '$' && next !== '"' && next !== ' ') return`,
    'if (false) return',
    'a $ in double quotes is literal',
  ],
  [
    WORD,
    "\n  return { rule: 'not_well_formed' };\n}",
    '\n  return { value, end: source.length };\n}',
    'a double quote may stay open',
  ],
  [WORD, "&& '$`\"\\\\\\n'.includes(next)", '', 'a \\ in double quotes escapes every character'],
  [
    TREE,
    'if (fields === undefined) refuseNode(node, name);',
    'if (fields === undefined) return;',
    'unknown kinds of syntax pass',
  ],
  [TREE, 'if (!Object.keys(node).every((field) => fields.includes(field)))', 'if (false)', 'unknown fields pass'],
  [TREE, "  requireKnown(script, '');\n", '', 'unknown fields of a script pass'],
  [TREE, '  requireKnown(statement, nameOf(statement.command));\n', '', 'unknown fields of a statement pass'],
  [TREE, '    requireKnown(command, nameOf(command));\n', '', 'unknown fields of a list pass'],
  [TREE, '  requireKnown(node, nameOf(node));\n', '', 'unknown fields of a pipeline pass'],
  [TREE, '  requireKnown(node, name);\n', '', 'unknown fields of a command pass'],
  [TREE, '  requireKnown(word, name);\n', '', 'unknown fields of a word pass'],
  [TREE, '    requireKnown(part, name);\n', '', 'unknown parts of a word pass'],
  [
    TREE,
    'for (const inner of part.parts) requireKnown(inner, name)',
    'continue',
    'unknown parts of a quoted string pass',
  ],
  [TREE, 'if (script.shebang !== undefined)', 'if (false)', 'a first line with #! passes'],
  [TREE, 'if (script.errors !== undefined)', 'if (false)', 'errors of the parser pass'],
  [TREE, 'if (statement.background !== undefined)', 'if (false)', 'the background passes'],
  [TREE, '  for (const prefix of node.prefixes) refuseNode(prefix, nameOf(node));\n', '', '! and time pass'],
  [TREE, "if (node.operators.includes('|&'))", 'if (false)', '|& is not named a redirection'],
  [TREE, "  requireBetween(node.operators, node.commands, ['|']);\n", '', 'any operator of a pipeline passes'],
  [
    TREE,
    "    requireBetween(command.operators, command.commands, ['&&', '||']);\n",
    '',
    'any operator of a list passes',
  ],
  [TREE, 'if (operators.length !== commands.length - 1)', 'if (false)', 'a missing command passes'],
  [
    TREE,
    '  for (const each of node.prefix) refuseNode(each, name);\n',
    '',
    'assignments and redirections before a command pass',
  ],
  [
    TREE,
    "if (each.type !== 'Word') refuseNode(each, name);",
    "if (each.type !== 'Word') continue;",
    'redirections after a command are left out',
  ],
  [
    TREE,
    "if (node.type !== 'Command') refuseNode(node, nameOf(node));",
    "if (node.type !== 'Command') return;",
    'compound commands are left out',
  ],
  [
    TREE,
    "if ('rule' in literal) throw commandRefusal(name, literal.rule, word.text.slice(0, MAX_SHOWN_CHARACTERS));",
    "if ('rule' in literal) return;",
    'words that are not literal are left out',
  ],
  [TREE, 'if (literal.value !== word.value)', 'if (false)', 'the parser need not agree on a value'],
  [GAPS, 'gapEnd(before, source, from) !== pos ||', '', 'anything may be between words'],
  [GAPS, '|| source.slice(pos, end) !== text', '', 'a word may be elsewhere'],
  [GAPS, "return gapEnd('end', source, from) === source.length;", 'return true;', 'anything may follow the last word'],
  [GAPS, String.raw`(?<=[ \t\n;&|]|^)#`, '#', 'a # within a word begins a comment'],
  [LINE, 'if (!isOnlyWords(source, placed))', 'if (false)', 'the gaps are not looked at'],
  [LINE, 'if (Buffer.byteLength(source) > maxBytes)', 'if (false)', 'any length is read'],
  [LINE, 'if (commands.length > MAX_COMMANDS)', 'if (false)', 'any number of commands is read'],
  [LINE, '!source.isWellFormed() ||', '', 'lone surrogates pass'],
  [LINE, "|| source.includes('\\0')", '', 'NUL passes in a line'],
  [LINE, "  if (placed.length === 0) throw commandRefusal('', 'empty');\n", '', 'nothing passes'],
  ['command/shell/shell-text.ts', `word.replaceAll("'", "'\\\\''")`, 'word', 'a single quote is not quoted'],
  ['command/shell/shell-text.ts', "words.map(quoted).join(' ')", "words.join(' ')", 'words are not quoted'],
];
