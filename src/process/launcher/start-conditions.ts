import { OomScore } from './oom-score.js';
import { Precedence } from './precedence.js';

/** How commands stand to this process where the machine runs short: they yield the CPU to it, and are killed first. */
export class StartConditions {
  readonly #oomScore = new OomScore();
  readonly #precedence = new Precedence();

  /** What `act` starts is under them from its first moment on. */
  apply<T>(act: () => T): T {
    return this.#oomScore.raised(() => this.#precedence.laidDown(act));
  }
}
