import type { AppConfig } from '../../config/app-config.js';
import { VERSION } from '../../config/version.js';
import { ERRORS, type ErrorName, type ErrorSchema } from './error-schemas.js';
import { METHODS, type MethodDescription } from './methods.js';
import { NOTIFICATIONS } from './notification-schemas.js';
import { paramsOf } from './params-schema.js';
import { COMPONENTS, RESULTS } from './result-schemas.js';

/** What any request may be answered with. */
const ERRORS_OF_ALL: readonly ErrorName[] = ['InvalidParams', 'InternalError', 'RateLimit'];
/** What is answered before a method is known, or a session there. */
const ERRORS_WITHOUT_METHOD: readonly ErrorName[] = ['ParseError', 'InvalidRequest', 'MethodNotFound', 'SessionLimit'];

/**
 * The service's methods and notifications as an OpenRPC 1.3 document (spec.open-rpc.org). Params are by the rules that
 * refuse what clients send. What the specification has no place for: `x-notifications`; `x-errors`, those that no method
 * has a part in; `x-error-data`, the schemas of what errors carry, by the errors' names.
 */
export function openRpcDocument({ port, path }: AppConfig['server']): Record<string, unknown> {
  return {
    openrpc: '1.3.2',
    info: {
      title: 'CC Executor',
      description: 'Runs commands and streams what they print. JSON-RPC 2.0 over a WebSocket; params by name only.',
      version: VERSION,
      license: { name: 'MIT' },
    },
    servers: [{ name: 'this service', url: `ws://localhost:${String(port)}${path}` }],
    methods: Object.entries(METHODS).map(([name, description]) => method(name as keyof typeof RESULTS, description)),
    components: {
      schemas: COMPONENTS,
      errors: byName(({ code, message }) => ({ code, message })),
    },
    'x-error-data': byName(({ data }) => data ?? null),
    'x-errors': ERRORS_WITHOUT_METHOD.map(errorReference),
    'x-notifications': Object.entries(NOTIFICATIONS).map(([name, { summary, params }]) => ({
      name,
      summary,
      params: Object.entries(params.properties ?? {}).map(([field, schema]) => ({
        name: field,
        required: params.required?.includes(field) ?? false,
        schema,
      })),
    })),
  };
}

function method(name: keyof typeof RESULTS, { summary, params, errors }: MethodDescription): object {
  return {
    name,
    summary,
    paramStructure: 'by-name',
    params: paramsOf(params),
    result: { name: 'result', schema: RESULTS[name] },
    errors: [...errors, ...ERRORS_OF_ALL].map(errorReference),
  };
}

function errorReference(name: ErrorName): object {
  return { $ref: `#/components/errors/${name}` };
}

function byName(tell: (error: ErrorSchema) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries<ErrorSchema>(ERRORS).map(([name, error]) => [name, tell(error)]));
}
