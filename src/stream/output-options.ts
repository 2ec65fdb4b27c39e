/** How the output of an execution is cut into events. */
export interface OutputOptions {
  /** `line`: an event a line; `lines`: whole lines read together share an event; `chunk`: as read. */
  readonly mode: 'line' | 'lines' | 'chunk';
  /** `utf8` never cuts a character in two; `base64` carries the exact bytes. */
  readonly encoding: 'utf8' | 'base64';
  /** Longest line told whole, in bytes; a longer one is cut there. Null = no cut. */
  readonly maxLineBytes: number | null;
}

export type StreamName = 'stdout' | 'stderr';
