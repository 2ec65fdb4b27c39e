type Rules<T> = { readonly [Field in keyof T]: (value: unknown) => boolean };

/**
 * The fields of what another service sent, which are as the rules say; others are passed over.
 * @throws Error that names the first one that is not
 */
export function body<T extends object>(value: unknown, rules: Rules<T>): T {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const taken: Record<string, unknown> = {};
  for (const [field, isRight] of Object.entries<(value: unknown) => boolean>(rules)) {
    if (!isRight(given[field])) throw new Error(`Another service sent a wrong ${field}`);
    taken[field] = given[field];
  }
  return taken as T;
}
