/** What a pattern can take out of a line, by the name of its place. */
export const CAPTURE_NAMES = ['path', 'command', 'limit', 'seconds', 'milliseconds', 'time'] as const;
export type CaptureName = (typeof CAPTURE_NAMES)[number];
