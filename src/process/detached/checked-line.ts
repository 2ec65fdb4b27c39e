import { crc32 } from 'node:zlib';

const FORM = /^([\da-f]{8}) (.*)$/;

/**
 * A line of a file that tells whether it is as it was written: the CRC-32 (as zlib's, in hexadecimal) of its JSON, a space, the
 * JSON.
 */
export function checkedLine(value: object): string {
  const json = JSON.stringify(value);
  return `${sumOf(json)} ${json}\n`;
}

/** What such a line holds, given without its end. Null where it is damaged. */
export function fromCheckedLine(line: string): unknown {
  const [, sum, json = ''] = FORM.exec(line) ?? [];
  return sum === sumOf(json) ? (JSON.parse(json) as unknown) : null;
}

function sumOf(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
