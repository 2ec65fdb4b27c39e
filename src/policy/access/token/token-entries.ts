import { createHash } from 'node:crypto';
import { FAILSAFE_SCHEMA, load, YAMLException } from 'js-yaml';
import type { AccessToken, TokenRole } from './access-token.js';

const MAX_ENTRIES = 10_000;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const DIGEST = /^[\da-f]{64}$/i;
const FIELDS: readonly string[] = ['name', 'role', 'group', 'sha256'];
const EMPTY_DIGEST = createHash('sha256').digest('hex');
const HOW = 'printf %s "$TOKEN" | sha256sum';

/**
 * The tokens of a YAML list `- {name, role, sha256, group}`, the group by default the name; an empty list has none. What is wrong goes to `fault`, with its
 * place and never its value, which may be a token; then the tokens are not to be used.
 */
export function tokenEntries(text: string, fault: (text: string) => void): AccessToken[] {
  const entries = listIn(text, fault);
  const tokens = entries.map((entry, index) => tokenFrom(entry, `[${index}]`, fault));
  reportTwice(
    tokens.map(({ name }) => name),
    'name',
    fault,
  );
  reportTwice(
    tokens.map(({ digest }) => digest.toString('hex')),
    'sha256',
    fault,
  );
  return tokens;
}

function listIn(text: string, fault: (text: string) => void): unknown[] {
  const list = listOf(text, fault);
  if (list === null) return [];
  if (Array.isArray(list) && list.length <= MAX_ENTRIES) return list;
  fault(`must be a list of at most ${String(MAX_ENTRIES)} entries - {name, role, sha256}, without aliases`);
  return [];
}

/** What the text holds; null where it is no YAML, which is told without what it says. */
function listOf(text: string, fault: (text: string) => void): unknown {
  if (text.trim() === '') return '';
  try {
    // All scalars are texts: a name may be `1`, and a digest of digits is no number. Aliases are of no use here.
    return load(text, { schema: FAILSAFE_SCHEMA, maxAliases: 0, maxDepth: 10 }) ?? '';
  } catch (error) {
    const line =
      error instanceof YAMLException && error.mark !== undefined ? ` in line ${String(error.mark.line + 1)}` : '';
    fault(`is not YAML${line}`);
    return null;
  }
}

function tokenFrom(entry: unknown, place: string, fault: (text: string) => void): AccessToken {
  const isMap = typeof entry === 'object' && entry !== null && !Array.isArray(entry);
  const fields = new Map<string, unknown>(isMap ? Object.entries(entry) : []);
  if (!isMap) fault(`${place} must be a map of name, role and sha256`);
  if (fields.has('token')) fault(`${place}.token: no plain token belongs here; give its sha256: ${HOW}`);
  else if ([...fields.keys()].some((name) => !FIELDS.includes(name)))
    fault(`${place} may have name, role, group and sha256 only`);
  const name = textOf(fields.get('name'));
  const role = textOf(fields.get('role'));
  const group = fields.has('group') ? textOf(fields.get('group')) : name;
  const sha256 = textOf(fields.get('sha256')).toLowerCase();
  if (isMap && !NAME.test(name)) fault(`${place}.name must be 1 to 64 of the characters A-Z a-z 0-9 . _ @ -`);
  if (fields.has('group') && !NAME.test(group))
    fault(`${place}.group must be 1 to 64 of the characters A-Z a-z 0-9 . _ @ -`);
  if (isMap && !isRole(role)) fault(`${place}.role must be controller or observer`);
  if (sha256 === EMPTY_DIGEST) fault(`${place}.sha256 is the digest of nothing`);
  else if (isMap && !DIGEST.test(sha256) && !fields.has('token'))
    fault(`${place}.sha256 must be 64 hexadecimal digits: ${HOW}`);
  return { name, role: isRole(role) ? role : 'observer', group, digest: Buffer.from(sha256, 'hex') };
}

function reportTwice(values: readonly string[], field: string, fault: (text: string) => void): void {
  values.forEach((value, index) => {
    const first = values.indexOf(value);
    if (value !== '' && first < index) fault(`[${index}].${field} is that of [${first}]`);
  });
}

function isRole(text: string): text is TokenRole {
  return text === 'controller' || text === 'observer';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
