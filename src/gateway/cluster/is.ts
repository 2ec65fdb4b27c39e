const SEQ_RANGE = ['from', 'to'] as const;

/** What fields of messages between services have to be. */
export const is = {
  text: (value: unknown): value is string => typeof value === 'string',
  textOrNull: (value: unknown): value is string | null => value === null || typeof value === 'string',
  flag: (value: unknown): value is boolean => typeof value === 'boolean',
  seq: (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0,
  seqOrNull: (value: unknown): value is number | null => value === null || is.seq(value),
  object: (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
  texts: (value: unknown): value is string[] => Array.isArray(value) && value.every(is.text),
  list: (value: unknown): value is unknown[] => Array.isArray(value),
  role: (value: unknown): value is 'controller' | 'observer' => value === 'controller' || value === 'observer',
  encoding: (value: unknown): value is 'utf8' | 'base64' => value === 'utf8' || value === 'base64',
  rangeOrNull: (value: unknown): boolean =>
    value === null || (is.object(value) && SEQ_RANGE.every((end) => is.seq(value[end]))),
} as const;
