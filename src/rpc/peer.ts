import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { FrameBlock } from './frame-block.js';
import type { Identity } from './identity.js';
import type { RequestId } from './message.js';
import { responseText } from './message.js';
import { Receipts } from './receipts.js';
import type { RpcError } from './rpc-error.js';

/** Bytes waiting for the network above which no more output should be added. */
const HIGH_WATER_BYTES = 262_144;

/** Bytes waiting for the network above which not even replies should be added. */
const MAX_WAITING_BYTES = 1_048_576;

/** Bytes of output after which the client is asked whether it has received them. */
const PING_BYTES = 1_048_576;

/** Time a client gets to take what is left and to close. */
const GOODBYE_MS = 2000;

/** One connection: frames in, frames out, and how much of it waits. */
export class Peer {
  /** Called for each text frame. */
  onText: (text: string) => void = ignore;
  /** Called once, when the connection has ended. */
  onClose: () => void = ignore;
  #closeCode: number | null = null;
  /** The code this side has closed with. */
  #ownCloseCode: number | null = null;
  #heardAt = performance.now();
  readonly #socket: Socket;
  readonly #receipts: Receipts;
  #unpingedBytes = 0;
  #waiting: (() => void)[] = [];
  #corked = false;

  constructor(
    readonly webSocket: WebSocket,
    socket: Duplex,
    readonly identity: Identity,
  ) {
    // The HTTP server hands over the connection's own socket: http.Server, event 'upgrade'.
    this.#socket = socket as Socket;
    this.#receipts = new Receipts(webSocket);
    webSocket.on('message', (data: Buffer, isBinary) => {
      // A connection that is being closed may still bring what was under way.
      if (!this.isOpen) return;
      if (isBinary) this.close(1003, 'Only text frames are understood');
      else {
        this.#heardAt = performance.now();
        this.onText(data.toString());
      }
    });
    webSocket.on('close', (code) => {
      this.#waiting = [];
      this.#closeCode = this.#ownCloseCode ?? code;
      this.onClose();
    });
    // A protocol violation closes the connection with its own code; 'close' follows.
    webSocket.on('error', ignore);
    this.#socket.on('drain', () => {
      this.#wake();
    });
  }

  /** Monotonic time of the client's last message, or of the connection's start. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** How the connection ended (RFC 6455, section 7.4), with this side's code where it closed first; null while it lives. */
  get closeCode(): number | null {
    return this.#closeCode;
  }

  get isOpen(): boolean {
    return this.webSocket.readyState === WebSocket.OPEN;
  }

  /** False while the client does not take what is sent. Replies and control events may be sent all the same. */
  get isWritable(): boolean {
    return this.#socket.writableLength < HIGH_WATER_BYTES;
  }

  /** False while so many answers wait that no more requests should be taken, whatever they ask. */
  get isAnswerable(): boolean {
    return this.#socket.writableLength < MAX_WAITING_BYTES;
  }

  /** Bytes received so far, whatever the frame. */
  get bytesReceived(): number {
    return this.#socket.bytesRead;
  }

  /** Bytes the network has taken of what was sent, so far: while some wait, its growth is a sign of life. */
  get bytesTaken(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  /** Calls back once, when the client has taken what was sent; never after the end. */
  whenDrained(callback: () => void): void {
    this.#waiting.push(callback);
  }

  notify(method: string, params: unknown): void {
    this.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  reply(id: RequestId, outcome: { readonly result: unknown } | { readonly error: RpcError }): void {
    this.send(responseText(id, outcome));
  }

  send(text: string): void {
    if (!this.isOpen) return;
    this.#cork();
    this.webSocket.send(text);
  }

  /** A protocol ping. Every ping of the connection is sent by this: the answer may stand for earlier ones too. */
  ping(): void {
    this.#unpingedBytes = 0;
    this.#receipts.ping();
  }

  /**
   * Calls back once the client is known to have received all that was sent so far; never after the end. A later call with
   * the same key may take the place of this one. Asks the client by itself about once in a MiB of output, with each
   * keep-alive, and upon `askReceipt`.
   * @param isStrict false: of a client that answers no pings, what the network has taken counts
   */
  whenReceived(key: object, received: () => void, isStrict = false): void {
    this.#receipts.expect(key, received, isStrict);
    if (this.#unpingedBytes >= PING_BYTES) this.ping();
  }

  /** Asks the client what it has received, where that is not asked already. */
  askReceipt(): void {
    if (this.#receipts.isDue) this.ping();
  }

  /** Sends the block's frames and releases it. Compression being off, they stand between whole frames of `send`. */
  sendBlock(block: FrameBlock): void {
    if (!this.isOpen || block.isEmpty) {
      block.release();
      return;
    }
    this.#cork();
    this.#unpingedBytes += block.bytes.length;
    this.#socket.write(block.bytes, () => {
      block.release();
    });
  }

  /** No more frames are read until `resume`: the client's own flood waits with the client. */
  pause(): void {
    if (this.isOpen) this.webSocket.pause();
  }

  resume(): void {
    this.webSocket.resume();
  }

  close(code: number, reason: string): void {
    if (this.isOpen) this.#ownCloseCode = code;
    this.webSocket.close(code, reason);
  }

  /** Closes with 1001 after what was sent; settles when the connection has ended, which a silent client cannot delay. */
  goodbye(): Promise<void> {
    return new Promise((resolve) => {
      if (this.webSocket.readyState === WebSocket.CLOSED) {
        resolve();
        return;
      }
      const timer = setTimeout(() => {
        this.webSocket.terminate();
      }, GOODBYE_MS);
      this.webSocket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.close(1001, 'Service is shutting down');
    });
  }

  /** What is sent in one turn of the event loop leaves in one write. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback();
  }
}

function ignore(): void {
  // no one listens
}
