/** How a connection ended. */
export interface Closing {
  /** RFC 6455, section 7.4; 1006 where there was no close frame. */
  readonly code: number;
  readonly reason: string;
}

/** What a transport tells; nothing comes after `onClose`. */
export interface TransportEvents {
  onText(text: string): void;
  /** Something else came: the other side is there. */
  onAlive(): void;
  onClose(closing: Closing): void;
}

/** A WebSocket that is open. */
export interface Transport {
  /** Whether `pause` keeps what comes with the sender. */
  readonly canPause: boolean;
  readonly isOpen: boolean;
  send(text: string): void;
  pause(): void;
  resume(): void;
  /** Begins the closing handshake. */
  close(code: number, reason: string): void;
  /** Leaves at once, without a word or with one that does not end the session; `onClose` follows with 1006. */
  drop(): void;
}

/**
 * Opens a WebSocket.
 * @throws ClientError refused, unreachable; what the signal was aborted with
 */
export type OpenTransport = (url: string, events: TransportEvents, signal: AbortSignal) => Promise<Transport>;
