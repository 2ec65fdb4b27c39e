import { type ChildShare, shareGrowth } from './share-growth.js';

/** A child of this process that has ended and been waited for. */
export interface WaitedChild extends ChildShare {
  /** Told in the same turn of the loop: the CPU ticks of the child and of all that was waited for below it. */
  readonly account: (cpuTicks: number) => void;
}

/**
 * Tells apart the CPU time of ended children, which the kernel adds up in one counter of their parent's: exact for a child
 * that ends alone, to the counter's ticks, and shared by `shareGrowth` where several end in one turn of the loop.
 */
export class WaitedCpu {
  #children: WaitedChild[] = [];
  #counted: number;

  /** @param read the counter */
  constructor(private readonly read: () => number) {
    this.#counted = read();
  }

  /** Every child that ends is to be added, at its end. */
  add(child: WaitedChild): void {
    // The ends of one turn are all told before its immediates run.
    if (this.#children.push(child) === 1)
      setImmediate(() => {
        this.#account();
      });
  }

  /** A child that is no command has been waited for, so long after it was started: what it used is no command's. */
  passOver(unseenMs: number): void {
    this.add({ seen: 0, unseenMs, account: () => undefined });
  }

  #account(): void {
    const children = this.#children;
    this.#children = [];
    const counted = this.read();
    const shares = shareGrowth(counted - this.#counted, children);
    this.#counted = counted;
    children.forEach(({ account }, index) => {
      account(shares[index] ?? 0);
    });
  }
}
