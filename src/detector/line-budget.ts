/** How much of a line is looked at. */
export interface LineBudget {
  readonly lineBytes: number;
  /** Of one that begins with {. */
  readonly jsonBytes: number;
}
