/** The limit there is without learning, and of all until there is something to learn from. */
export const STATIC_LIMIT_MS = 600_000;
const LAST_SUCCESSES = 10;

/**
 * What is compared, by name: each makes an estimator with `limits(loadMultiplier)` for the next run and
 * `learn(end, loadMultiplier)` for how it ended, as live() tells.
 *
 * @param build {estimateFrom, runFrom, KEPT_RUNS} of a build of the service
 */
export const estimatorsOf = (build) => ({
  ours: () => new Ours(build),
  static: () => new OfSuccesses(() => STATIC_LIMIT_MS),
  'mean + 20 %': () => new OfSuccesses((lengths) => (1.2 * lengths.reduce((sum, ms) => sum + ms, 0)) / lengths.length),
  '2 × max': () => new OfSuccesses((lengths) => 2 * Math.max(...lengths)),
});

/** The service's own, as TimeoutService uses it for a task that it does not know from anything but its runs. */
class Ours {
  #runs = [];
  #learned = null;

  constructor(build) {
    this.build = build;
  }

  limits(loadMultiplier) {
    this.#learned = this.build.estimateFrom(this.#runs, loadMultiplier);
    const unlearnedMs = STATIC_LIMIT_MS * loadMultiplier;
    const { maxMs, stallMs } = this.#learned ?? { maxMs: unlearnedMs, stallMs: unlearnedMs };
    return { maxMs, stallMs, isExtended: true };
  }

  learn(end, loadMultiplier) {
    const ended = {
      ...end,
      executionId: 'run',
      endedAt: 0,
      exitCode: end.reason === 'exit' ? 0 : null,
      loadMultiplier,
    };
    const run = this.build.runFrom(ended, [0], this.#learned?.expectedMs ?? null);
    if (run !== null) this.#runs = [...this.#runs, run].slice(-this.build.KEPT_RUNS);
  }
}

/** Learns from the last successes alone; its limit is kept to the letter, and nothing but it ends a run. */
class OfSuccesses {
  #lengths = [];

  constructor(limitOf) {
    this.limitOf = limitOf;
  }

  limits() {
    const maxMs = this.#lengths.length === 0 ? STATIC_LIMIT_MS : this.limitOf(this.#lengths);
    return { maxMs, stallMs: Infinity, isExtended: false };
  }

  learn({ exitCode, activeMs }) {
    if (exitCode === 0) this.#lengths = [...this.#lengths, activeMs].slice(-LAST_SUCCESSES);
  }
}
