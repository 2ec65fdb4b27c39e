/** The rooms of src/ and what each may import; a room that is not in the table may not be there at all. */
const rooms = {
  config: [],
  rpc: ['config'],
  gateway: [
    'rpc',
    'session',
    'cluster',
    'hook',
    'detector',
    'process',
    'stream',
    'timeout',
    'policy',
    'telemetry',
    'config',
  ],
  session: ['hook', 'process', 'stream', 'timeout', 'redis', 'policy', 'config'],
  policy: ['redis', 'config'],
  process: ['detector', 'stream', 'timeout', 'policy', 'config'],
  stream: ['config'],
  timeout: ['resource', 'redis', 'config'],
  resource: ['config'],
  redis: ['config'],
  cluster: ['stream', 'redis', 'config'],
  health: ['session', 'process', 'redis', 'telemetry', 'config'],
  telemetry: ['session', 'process', 'redis', 'config'],
  detector: ['stream', 'timeout', 'config'],
  hook: ['process', 'stream', 'timeout', 'policy', 'config'],
  document: ['gateway', 'health', 'telemetry', 'config'],
  client: [],
  doctor: ['cli', 'rpc', 'gateway', 'session', 'process', 'policy', 'stream', 'timeout', 'resource', 'redis', 'config'],
  cli: ['doctor', 'client', 'config', 'rpc'],
};
const names = Object.keys(rooms).join('|');

const walls = Object.entries(rooms).map(([room, imports]) => ({
  name: `room-${room}`,
  comment: imports.length > 0 ? `${room} imports only ${imports.join(', ')}.` : `${room} imports no other room.`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(${[room, ...imports].join('|')})/` },
}));

export default {
  forbidden: [
    ...walls,
    {
      name: 'unknown-room',
      comment: 'src/ holds main.ts, app.module.ts and the rooms of the table.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/((${names})/|main\\.ts$|app\\.module\\.ts$)` },
      to: {},
    },
    {
      name: 'unknown-room',
      comment: 'src/ holds main.ts, app.module.ts and the rooms of the table.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/', pathNot: `^src/((${names})/|main\\.ts$|app\\.module\\.ts$)` },
    },
    {
      name: 'no-cycle',
      comment: 'A frame goes one way.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      comment: 'Nothing imports this file and it imports nothing.',
      severity: 'error',
      from: { orphan: true, path: '^src/' },
      to: {},
    },
    {
      name: 'unresolved',
      comment: 'The imported file or package is not there.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'not-a-dependency',
      comment: 'The running service has only what package.json lists under dependencies.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'npm-optional', 'npm-peer'],
        pathNot: '/@types/',
      },
    },
    {
      name: 'child-process',
      comment: 'Only process/ starts processes, cli/ and doctor/ the service, and resource/ nvidia-smi.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(process|cli|doctor|resource)/' },
      to: { path: '^(node:)?child_process$' },
    },
    {
      name: 'client-library',
      comment:
        'client/ runs in browsers too: of packages it has ws, which it loads where there is Node, and @noble/hashes.',
      severity: 'error',
      from: { path: '^src/client/' },
      to: {
        dependencyTypesNot: ['local', 'type-only'],
        pathNot: '(^|/)(ws|@types/ws|@noble/hashes)(/|$)',
      },
    },
    {
      name: 'redis-client',
      comment: 'Only redis/ knows the client.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/redis/' },
      to: { path: '(^|/)ioredis(/|$)' },
    },
    {
      name: 'embedded-store',
      comment: 'Only timeout/ keeps the history of tasks.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/timeout/' },
      to: { path: '(^|/)classic-level(/|$)' },
    },
    {
      name: 'metrics',
      comment: 'Only telemetry/ knows how metrics are kept.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/telemetry/' },
      to: { path: '(^|/)prom-client(/|$)' },
    },
    {
      name: 'terminus',
      comment: 'Only health/ knows the probes.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(health/|app\\.module\\.ts$)' },
      to: { path: '@nestjs/terminus' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
