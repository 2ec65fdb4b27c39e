/** Writes `value`, a whole number of 0 to 2^53 - 1, in groups of seven bits, the lowest first. @returns where it ends */
export function writeVarint(target: Buffer, at: number, value: number): number {
  let rest = value;
  let end = at;
  while (rest > 127) {
    target[end++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  target[end++] = rest;
  return end;
}
