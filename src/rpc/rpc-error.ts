/** An error as JSON-RPC 2.0 answers it (jsonrpc.org/specification, section 5.1). */
export class RpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
    this.name = 'RpcError';
  }

  static parse(): RpcError {
    return new RpcError(-32700, 'Parse error');
  }

  /** @param why where the request is not malformed but refused */
  static invalidRequest(why?: string): RpcError {
    return new RpcError(-32600, 'Invalid Request', why);
  }

  static methodNotFound(method: string): RpcError {
    return new RpcError(-32601, 'Method not found', { method });
  }

  /** @param data a sentence, or the faults by field */
  static invalidParams(data: string | { readonly errors: readonly { field: string; message: string }[] }): RpcError {
    return new RpcError(-32602, 'Invalid params', data);
  }

  /** @param correlationId what finds the cause in the log */
  static internal(correlationId: string): RpcError {
    return new RpcError(-32603, 'Internal error', { correlation_id: correlationId });
  }
}
