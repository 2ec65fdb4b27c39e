import type { CheckList } from './check-list.js';

/** What a component is checked with. */
interface ComponentRun {
  readonly checks: CheckList;
  /** Also what takes minutes. */
  readonly isLong: boolean;
  /** The environment for rooms and servers of its own; its DATA_DIR is gone afterwards. */
  readonly variables: Readonly<Record<string, string>>;
}

/** A part of the service that is run for real, in a process of its own. */
export interface DoctorComponent {
  readonly name: string;
  /** What is run, in a line. */
  readonly title: string;
  /** Longest time it may take; with `--long` where that is more. */
  readonly maxSeconds: number;
  readonly maxLongSeconds?: number;
  /** True where it reads the user's own configuration, and runs where the user is. */
  readonly isOfUser?: boolean;
  run(run: ComponentRun): Promise<void>;
}
