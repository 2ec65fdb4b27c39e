// The least a client needs: one connection, requests by id, and the events of each execution.
import { WebSocket } from 'ws';

const { AUTH_TOKEN } = process.env;

/** Resolves when the service has greeted. */
export async function connect(url = process.argv[2] ?? 'ws://127.0.0.1:8003/ws/mcp') {
  const headers = AUTH_TOKEN ? { Authorization: `Bearer ${AUTH_TOKEN}` } : {};
  const socket = new WebSocket(url, { headers });
  const answers = new Map();
  const listeners = new Map();
  let lastId = 0;

  const request = (method, params = {}, onResult = () => {}) =>
    new Promise((resolve, reject) => {
      answers.set(++lastId, { resolve, reject, onResult });
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: lastId, method, params }));
    });

  /** Runs a command to its end; `onEvent` gets each of its notifications. Resolves with `process.completed`. */
  const run = (params, onEvent = () => {}) =>
    new Promise((resolve, reject) => {
      // The first events may be in the same packet as the answer: who waits for a promise in between misses them.
      const listen = ({ execution_id }) => {
        listeners.set(execution_id, (method, event) => {
          onEvent(method, event);
          if (method !== 'process.completed') return;
          listeners.delete(execution_id);
          resolve(event);
        });
      };
      request('execute', params, listen).catch(reject);
    });

  const greeting = new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code) => {
      const gone = new Error(`The connection ended with ${code}`);
      for (const { reject } of answers.values()) reject(gone);
      reject(gone);
    });
    socket.on('message', (data) => {
      const { id, method, params, result, error } = JSON.parse(data);
      if (method === 'connected') resolve(params);
      if (method !== undefined) listeners.get(params.execution_id)?.(method, params);
      if (id === undefined || !answers.has(id)) return;
      const answer = answers.get(id);
      answers.delete(id);
      if (error === undefined) {
        answer.onResult(result);
        answer.resolve(result);
      } else answer.reject(new Error(`${error.message} ${JSON.stringify(error.data ?? null)}`));
    });
  });
  const { limits } = await greeting;
  return { request, run, limits, close: () => socket.close() };
}
