import type { LogBudget } from './log-budget.js';

/** What a log keeps, and what it does when that is full. */
export interface LogOptions {
  /** Bytes kept for readers to come; 0 = nothing that the owner has read. */
  readonly keepBytes: number;
  /** `block`: writers wait for the owner; `drop_oldest`: they never do. */
  readonly onFull: 'block' | 'drop_oldest';
  /** Shared with all other logs. */
  readonly budget: LogBudget;
}

/** Bytes a connected owner has not read above which the log asks its writer to stop, and below which to go on. */
const FULL_BYTES = 524_288;
const ROOM_BYTES = 262_144;

/** What a log owes its owner at most while the budget is used up. */
const FLOOR_BYTES = 131_072;

/** Share of what it owes at most below which a full log has room again. */
const ROOM_SHARE = 0.75;

/** How much a log may keep, with its options and what others keep. */
export class LogBounds {
  constructor(private readonly options: LogOptions) {}

  get passesOn(): boolean {
    return this.options.keepBytes === 0;
  }

  get drops(): boolean {
    return this.options.onFull === 'drop_oldest';
  }

  /** Of what the owner is not known to have. */
  get mostOwedBytes(): number {
    return this.options.budget.isUsedUp ? FLOOR_BYTES : Math.max(this.options.keepBytes, FULL_BYTES);
  }

  /** Whether something has to go, where it can. @param bytes that are kept */
  isOverKept(bytes: number): boolean {
    return bytes > this.options.keepBytes || this.options.budget.isUsedUp;
  }

  /** Whether writers have to wait. @param unreadBytes of an owner who is there */
  isOverfull(unreadBytes: number, owedBytes: number): boolean {
    return !this.drops && (unreadBytes > FULL_BYTES || owedBytes > this.mostOwedBytes);
  }

  /** Whether writers that wait may go on. */
  hasRoom(unreadBytes: number, owedBytes: number): boolean {
    return unreadBytes < ROOM_BYTES && owedBytes < this.mostOwedBytes * ROOM_SHARE;
  }
}
