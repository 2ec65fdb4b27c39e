/** A process that was started: Node's own, or one of `NativeSpawner`. */
export interface StartedProcess {
  /** Undefined where it could not be started: then `error` tells why. */
  readonly pid?: number | undefined;
  /** True at `exit` where it is known that nothing was left of its process group. */
  readonly isGroupEmpty?: boolean;
  once(event: 'exit', listener: (code: number | null, signal: NodeJS.Signals | null) => void): unknown;
  once(event: 'error', listener: (error: Error) => void): unknown;
}
