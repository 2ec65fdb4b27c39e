import { types } from 'node:util';

/**
 * Settles as `promise` does, or rejects with the error of `late` after `limitMs`. An answer that is there by then counts,
 * even where this process was too busy to look at it in time.
 */
export function inTime<T>(promise: Promise<T>, limitMs: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // Sockets are read between a timer and the next immediate.
      setImmediate(() => {
        reject(late());
      });
    }, limitMs);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(types.isNativeError(error) ? error : new Error(String(error)));
      },
    );
  });
}
