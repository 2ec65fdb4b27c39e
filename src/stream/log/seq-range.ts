/** Consecutive events by their numbers, both ends included. */
export interface SeqRange {
  readonly from: number;
  readonly to: number;
}
