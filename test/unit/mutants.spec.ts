import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

type Mutant = readonly [file: string, from: string, to: string, what: string];

const { GUARDS } = (await import(new URL('../mutation/guards.mjs', import.meta.url).href)) as {
  GUARDS: readonly { readonly title: string; readonly mutants: readonly Mutant[] }[];
};
const security = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');

it.each(GUARDS.flatMap(({ title, mutants }) => mutants.map((mutant) => [title, mutant] as const)))(
  '%s: %j is what the source says, and is listed',
  (_, [file, from, to, what]) => {
    const source = readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8');

    expect(source.split(from)).toHaveLength(2);
    expect(to).not.toBe(from);
    expect(security).toContain(`| ${what.replaceAll('|', String.raw`\|`)} `);
  },
);
