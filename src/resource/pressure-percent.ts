import { kernelNumber } from './kernel-number.js';

/**
 * Share of the last 10 s in which at least one task was stalled, by a pressure file: `some avg10=…`
 * (docs.kernel.org/accounting/psi.html). Null where it does not tell.
 */
export function pressurePercent(text: string | null): number | null {
  const percent = kernelNumber(/^some avg10=(\S+)/m.exec(text ?? '')?.[1]);
  return percent === null ? null : Math.round(Math.min(100, percent) * 10) / 10;
}
