/** A decimal number ≥ 0 as a kernel file or `nvidia-smi` prints it, spaces around it; null for anything else. */
export function kernelNumber(text: string | null | undefined): number | null {
  const digits = text?.trim() ?? '';
  return /^\d{1,20}(\.\d{1,20})?$/.test(digits) ? Number(digits) : null;
}
