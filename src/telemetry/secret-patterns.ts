/** A form that secrets have, and what stands in the place of a match. */
export interface SecretPattern {
  readonly form: RegExp;
  readonly mask: string;
}

/** What a name of a secret contains: in assignments, JSON, YAML, query strings, headers and options. */
const NAME = '(?:token|secret|passw(?:or)?d|passphrase|pwd|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)';

/** A value as JSON has it, also within a JSON string. */
const JSON_VALUE = String.raw`(?:"(?:[^"\\]|\\[^])*"?|\\{1,3}"[^"]*"?|[^\s"',}\]]+)`;

/** A word of a shell, with its quoted parts. */
const WORD = String.raw`(?:"(?:[^"\\]|\\[^])*"?|'[^']*'?|\\[^]|[^\s"'&;|<>\\])+`;

/**
 * The secrets that are known by their form. None of the expressions takes more than linear time: a start that fails has
 * looked at a bounded number of characters, or at characters that no other start looks at again.
 */
export const SECRET_PATTERNS: readonly SecretPattern[] = [
  // PEM, RFC 7468; also where line ends are escaped, and without an end.
  { form: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY[^]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g, mask: '***' },
  // Credentials of a URL, RFC 3986, section 3.2.1.
  { form: /:\/\/[^\s"'/?#<>]{1,1024}@/g, mask: '://***@' },
  // Authorization and cookies, RFC 9110 and 6265.
  {
    form: /((?:authorization|cookie)\\{0,2}["']?\s{0,3}[:=]\s{0,3}\\{0,2}["']?)[^\r\n"'\\]+/gi,
    mask: '$1***',
  },
  { form: /\b(bearer)[\s.:=]{1,8}[A-Za-z0-9._~+/=-]{6,}/gi, mask: '$1 ***' },
  { form: /\b(basic)\s{1,8}[A-Za-z0-9+/=_-]{16,}/gi, mask: '$1 ***' },
  // Of AWS, GitHub, GitLab, Slack, OpenAI and Anthropic, Stripe, npm, Google, and JSON Web Tokens.
  { form: /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}/g, mask: '***' },
  { form: /gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}/g, mask: '***' },
  { form: /(?<![A-Za-z0-9])gl[a-z]{2,6}-[A-Za-z0-9_.-]{16,}/g, mask: '***' },
  { form: /(?<![A-Za-z0-9])xox[a-z]-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,}/g, mask: '***' },
  { form: /(hooks\.slack\.com\/services\/)[A-Za-z0-9/_-]+/g, mask: '$1***' },
  { form: /(?<![A-Za-z0-9])(?:sk|rk|pk)[-_][A-Za-z0-9_-]{16,}/g, mask: '***' },
  { form: /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{30,}|(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{30,}/g, mask: '***' },
  { form: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g, mask: '***' },
  // `"name": "value"`.
  {
    form: new RegExp(String.raw`(${NAME}[a-z0-9_-]{0,40}\\{0,3}["']\s{0,3}:\s{0,3})${JSON_VALUE}`, 'gi'),
    mask: '$1"***"',
  },
  // `name=value`, `name: value`, `--name value`, `-u user:value`.
  { form: new RegExp(String.raw`(${NAME}[a-z0-9_-]{0,40}\s{0,3}(?:=>|[=:])\s{0,3})${WORD}`, 'gi'), mask: '$1***' },
  { form: new RegExp(String.raw`(--[a-z0-9-]{0,40}?${NAME}[a-z0-9-]{0,40}[ \t]{1,8})${WORD}`, 'gi'), mask: '$1***' },
  { form: /((?<![^\s"'=])(?:-u|--user)[ =]{0,3}["']?[^\s:"']{1,64}:)[^\s"']+/g, mask: '$1***' },
];
