/** Percent that `part` is of `whole`, 0 to 100 to one decimal; null where that is not a number. */
export function percentOf(part: number, whole: number): number | null {
  const percent = (part / whole) * 100;
  if (!(whole > 0) || Number.isNaN(percent)) return null;
  return Math.round(Math.min(100, Math.max(0, percent)) * 10) / 10;
}
