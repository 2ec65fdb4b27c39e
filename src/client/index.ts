/** What `cc-executor/client` exports. */
export { ClientError, type ClientFault } from './client-error.js';
export type { ClientOptions, ReconnectOptions } from './client-options.js';
export type { ConnectionChange } from './connection/connection-change.js';
export { ExecutorClient } from './executor-client.js';
export type { OutputPiece, RemoteExecution } from './remote-execution.js';
export { RpcError, type RpcErrorData, type RpcErrorKind } from './rpc-error.js';
export type { Estimate } from './wire/estimate.js';
export type { ExecuteRequest, ProgramRequest, TaskHint } from './wire/execute-request.js';
export type { ExecutionEvent, OutputEvent } from './wire/execution-event.js';
export type { ExecutionRow } from './wire/execution-row.js';
export type { Exit } from './wire/exit.js';
export type { Explanation } from './wire/explanation.js';
export type { Gap } from './wire/gap.js';
export type { Greeting } from './wire/greeting.js';
export type { Start } from './wire/start.js';
export type { StreamName } from './wire/stream-name.js';
