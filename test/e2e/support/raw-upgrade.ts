import { connect } from 'node:net';
import { within } from './eventually.js';

export type Header = readonly [name: string, value: string];

export interface RawOptions {
  /** What is asked for, as it stands in the request line; the service's path where it is not given. */
  readonly target?: string;
  /** The Host header; null = none. Where it is not given, that of the service. */
  readonly host?: string | null;
  /** The address the connection comes from; every one of 127.0.0.0/8 is this machine's. */
  readonly from?: string;
}

/** What came back: the status (0 = the connection was cut without one), the headers by lower-case name, the body. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const UPGRADE: readonly Header[] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
];

/** Asks for a WebSocket with these headers, to the byte: a character is a byte. */
export function rawUpgrade(url: string, headers: readonly Header[], options: RawOptions = {}): Promise<RawAnswer> {
  return exchange(url, [...UPGRADE, ...headers], options);
}

/** Sends a GET request with these headers, to the byte. */
export function rawRequest(url: string, headers: readonly Header[], options: RawOptions = {}): Promise<RawAnswer> {
  return exchange(url, [['Connection', 'close'], ...headers], options);
}

/** Resolves with the answer's head and, but for a 101, its body. */
function exchange(url: string, headers: readonly Header[], options: RawOptions): Promise<RawAnswer> {
  const { hostname, port, host, pathname } = new URL(url);
  const sentHost = options.host === undefined ? host : options.host;
  const lines = [
    `GET ${options.target ?? pathname} HTTP/1.1`,
    ...(sentHost === null ? [] : [`Host: ${sentHost}`]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  const socket = connect({ host: hostname, port: Number(port), ...(options.from && { localAddress: options.from }) });
  const answer = new Promise<RawAnswer>((resolve, reject) => {
    let text = '';
    const end = (): void => {
      socket.destroy();
      resolve(parse(text));
    };
    socket.setEncoding('latin1').on('data', (part: string) => {
      text += part;
      if (isComplete(text)) end();
    });
    socket.once('close', end);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
  });
  socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return within(answer, 'the answer to a raw request');
}

function isComplete(text: string): boolean {
  const { status, headers, body } = parse(text);
  return (
    text.includes('\r\n\r\n') && (status === 101 || body.length >= Number(headers.get('content-length') ?? Infinity))
  );
}

function parse(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0),
    headers: new Map(headers),
    body: rest.join('\r\n\r\n'),
  };
}
