/** Tells the start of one execution from others of the same client. */
export interface StartKey {
  readonly key: string;
  /** Of all of the request but its key. */
  readonly digest: string;
}
