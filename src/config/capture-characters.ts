import type { CaptureName } from './capture-name.js';

const KINDS: Readonly<Record<CaptureName, RegExp>> = {
  path: /[!-~]/,
  command: /[^\s:'"`,;()|&<>\0-\x20]/,
  limit: /[\d,_]/,
  seconds: /[\d.]/,
  milliseconds: /[\d.]/,
  time: /[\w:+.-]/,
};

/** By name and ASCII code. */
const TABLE = Object.fromEntries(
  Object.entries(KINDS).map(([name, kind]) => [
    name,
    Uint8Array.from({ length: 128 }, (_, code) => (kind.test(String.fromCharCode(code)) ? 1 : 0)),
  ]),
) as Record<CaptureName, Uint8Array>;

/** True for a UTF-16 unit that can be a part of such a value. */
export function isOfCapture(name: CaptureName, code: number): boolean {
  return code < 128 ? TABLE[name][code] === 1 : name === 'path' || name === 'command';
}
