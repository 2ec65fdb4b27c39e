/** A child that has ended, as far as it was known before. */
export interface ChildShare {
  /** What it was seen to have used. */
  readonly seen: number;
  /** How long it lived unseen: since it was last looked at, or started. */
  readonly unseenMs: number;
}

/**
 * Divides what several children together have used: each gets what it was seen to have used, and of the rest a part by
 * the time it lived unseen. A single one gets all. The parts make up `growth`, or what was seen where that is more.
 */
export function shareGrowth(growth: number, children: readonly ChildShare[]): number[] {
  const seen = children.reduce((sum, child) => sum + child.seen, 0);
  const unseenMs = children.reduce((sum, child) => sum + child.unseenMs, 0);
  const rest = Math.max(0, growth - seen);
  return children.map((child) => child.seen + rest * (unseenMs > 0 ? child.unseenMs / unseenMs : 1 / children.length));
}
