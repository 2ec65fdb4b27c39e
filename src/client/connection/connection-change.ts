/** What happens to the connection. Milliseconds. */
export type ConnectionChange =
  | { readonly state: 'lost'; readonly code: number; readonly reason: string }
  /** An attempt failed; the next one follows. */
  | { readonly state: 'waiting'; readonly delayMs: number; readonly error: Error }
  /** `resumed` false: the session was gone, this is another one. */
  | { readonly state: 'restored'; readonly resumed: boolean; readonly outageMs: number };
