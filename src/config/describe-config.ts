import type { AppConfig } from './app-config.js';

const SECRET_NAME = /token(?!sFile)|secret|passw|credential|api_?key/i;
const URL_CREDENTIALS = /\/\/[^/@\s"]*@/g;

/**
 * The effective configuration for people, a line a value beneath its section. Secrets are masked; of the commands'
 * environment only the names are told.
 */
export function describeConfig(config: AppConfig): string {
  const sections = [
    'server',
    'access',
    'session',
    'process',
    'policy',
    'limit',
    'timeout',
    'classification',
    'hook',
    'detector',
    'resource',
    'redis',
    'cluster',
    'stream',
    'rate',
    'log',
    'audit',
    'health',
    'metrics',
    'data',
  ] as const;
  return sections
    .map((section) =>
      [
        `[${section}]`,
        ...Object.entries(config[section]).map(([key, value]) => `${key} = ${show(key, value)}`),
        '',
      ].join('\n'),
    )
    .join('\n');
}

function show(key: string, value: unknown): string {
  if (key === 'baseEnvironment') return JSON.stringify(Object.keys(value as object).sort());
  if (key === 'table') return `${String((value as { entries: readonly unknown[] }).entries.length)} entries`;
  if (Array.isArray(value) && typeof value[0] === 'object') return `${String(value.length)} entries`;
  if (SECRET_NAME.test(key) && value !== null) return '"***"';
  return JSON.stringify(value).replace(URL_CREDENTIALS, '//***@');
}
