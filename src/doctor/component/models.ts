import { loadConfig } from '../../config/load-config.js';
import { ControlParams } from '../../gateway/control.params.js';
import { toRpcError } from '../../gateway/error-table.js';
import { eventNotification } from '../../gateway/event-notification.js';
import { ExecuteParams } from '../../gateway/execute.params.js';
import { OutputEncoder } from '../../gateway/output-encoder.js';
import { ParamsPipe } from '../../gateway/params.pipe.js';
import { openCommandPolicy } from '../../policy/command/open-command-policy.js';
import { PolicyError } from '../../policy/policy-error.js';
import { RateError } from '../../policy/rate/rate-error.js';
import { ProcessError } from '../../process/process-error.js';
import { FrameBlock } from '../../rpc/frame-block.js';
import { parseMessage, responseText } from '../../rpc/message.js';
import { RpcError } from '../../rpc/rpc-error.js';
import { SessionError } from '../../session/session-error.js';
import type { CheckList } from '../check-list.js';
import type { DoctorComponent } from '../doctor-component.js';

/** What goes over the wire: requests, answers, errors, output, and which commands may run. */
export const modelsComponent: DoctorComponent = {
  name: 'models',
  title: 'requests, answers, errors and output as they are on the wire; allowed and refused commands',
  maxSeconds: 30,
  run({ checks, variables }) {
    checkRequests(checks);
    checkAnswers(checks);
    checkErrors(checks);
    checkCommands(checks, variables);
    checkOutput(checks);
    return Promise.resolve();
  },
};

function checkRequests(checks: CheckList): void {
  const execute = (params: object): unknown => read(ExecuteParams, params);
  const control = (params: object): unknown => read(ControlParams, params);
  const given = { command: 'echo hello', timeout: 5, output: { mode: 'lines' } };
  checks.equals('an execute request is read', given, execute(given));
  checks.equals('an empty command', 'Command cannot be empty', execute({ command: '  ' }));
  checks.equals(
    'a field that there is not',
    [{ field: 'comand', message: 'is not a known field' }],
    errorsOf(execute({ command: 'a', comand: 'b' })),
  );
  for (const type of ['PAUSE', 'RESUME', 'CANCEL'])
    checks.equals(`a control request ${type} is read`, { type }, control({ type }));
  checks.equals(
    'a control request of another type is refused',
    ['type'],
    errorsOf(control({ type: 'STOP' })).map(({ field }) => field),
  );
}

function checkAnswers(checks: CheckList): void {
  const message = parseMessage('{"jsonrpc":"2.0","id":"a","method":"ping"}');
  checks.equals(
    'a JSON-RPC request',
    { id: 'a', method: 'ping' },
    message.batch ? null : { id: message.request.id, method: message.request.method },
  );
  const result = JSON.parse(responseText(7, { result: { status: 'started' } })) as unknown;
  checks.equals('a JSON-RPC success', { jsonrpc: '2.0', result: { status: 'started' }, id: 7 }, result);
  const error = JSON.parse(responseText(null, { error: RpcError.parse() })) as unknown;
  checks.equals(
    'a JSON-RPC error',
    { jsonrpc: '2.0', error: { code: -32700, message: 'Parse error' }, id: null },
    error,
  );
}

/** Session limit, command not allowed, no such process, stream timeout, rate limit. */
function checkErrors(checks: CheckList): void {
  const rows: readonly (readonly [string, unknown, number, object])[] = [
    [
      'too many sessions',
      new SessionError({ kind: 'session-limit', currentSessions: 3, maxSessions: 3 }),
      -32001,
      { current_sessions: 3, max_sessions: 3 },
    ],
    [
      'a command that is not allowed',
      new PolicyError('rm', 'not_on_allow_list'),
      -32002,
      { command: 'rm', rule: 'not_on_allow_list' },
    ],
    [
      'a process that is not there',
      new ProcessError({ kind: 'not-running', pid: 7, executionId: 'e' }),
      -32003,
      { pid: 7, pgid: 7, execution_id: 'e' },
    ],
    ['too many requests', new RateError(1500), -32005, { retry_after: 1.5 }],
  ];
  for (const [what, error, code, data] of rows) {
    const answer = toRpcError(error);
    checks.equals(`the error for ${what}`, { code, data }, answer && { code: answer.code, data: answer.data });
  }
  const event = { type: 'time-limit', limit: 'execution', durationMs: 500, message: 'Stream timeout' } as const;
  const { method, params } = eventNotification({ id: 'e', pid: 7, sessionId: 's' }, 3, event);
  const { code, kind, duration } = params;
  checks.equals(
    'the error for a time limit',
    ['process.error', { code: -32004, kind: 'execution', duration: 0.5 }],
    [method, { code, kind, duration }],
  );
}

function checkCommands(checks: CheckList, variables: Readonly<Record<string, string>>): void {
  const config = loadConfig({ ...variables, ALLOWED_COMMANDS: 'echo,ls,cat,grep' });
  const policy = openCommandPolicy(config.policy);
  for (const [command, rule] of [
    ['echo hello', null],
    ['ls | grep a && cat b', null],
    ['rm -rf /', 'not_on_allow_list'],
    ['echo a; rm b', 'not_on_allow_list'],
    ['echo $(rm b)', 'substitution'],
    ['cat a > b', 'redirection'],
  ] as const) {
    const { allowed, rule: refusal } = policy.explain({ command }, {}, null);
    checks.equals(
      `${command}: ${rule === null ? 'allowed' : 'refused'}`,
      { allowed: rule === null, rule },
      { allowed, rule: refusal },
    );
  }
}

function checkOutput(checks: CheckList): void {
  const data = Buffer.from('one "two"\nthree\n');
  const record = {
    kind: 'output',
    stream: 'stdout',
    data,
    perLine: true,
    count: 2,
    firstSeq: 2,
    offset: 0,
    piece: null,
    truncated: false,
  } as const;
  const block = new FrameBlock();
  new OutputEncoder('e', 'utf8').write(record, record.firstSeq, block);
  const frames = framesIn(block.bytes).map((text) => (JSON.parse(text) as { params: Record<string, unknown> }).params);
  block.release();
  checks.equals(
    'two lines of output are two notifications',
    [
      { type: 'stdout', seq: 2, offset: 0, data: 'one "two"\n' },
      { type: 'stdout', seq: 3, offset: 10, data: 'three\n' },
    ],
    frames.map(({ type, seq, offset, data: text }) => ({ type, seq, offset, data: text })),
  );
}

/** What is read of params, or the data of the refusal. */
function read(metatype: new () => object, params: object): unknown {
  try {
    return new ParamsPipe().transform(params, { metatype, type: 'body' });
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return error.data;
  }
}

function errorsOf(data: unknown): { readonly field: string; readonly message: string }[] {
  return (data as { readonly errors?: { readonly field: string; readonly message: string }[] }).errors ?? [];
}

/** The payloads of unmasked text frames of less than 64 KiB: RFC 6455, section 5.2. */
function framesIn(bytes: Buffer): string[] {
  const payloads: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const short = bytes.readUInt8(at + 1);
    const [start, length] = short < 126 ? [at + 2, short] : [at + 4, bytes.readUInt16BE(at + 2)];
    payloads.push(bytes.toString('utf8', start, start + length));
    at = start + length;
  }
  return payloads;
}
