/**
 * How far the number of the end of a lost execution is above the last event that is known: whatever its service may have
 * told its own clients before it died, no number is told twice. What lies between is a gap like any other.
 */
export const LOST_EVENTS = 1_000_000_000_000;
