/** A length that was seen whole, or of which only is known that it was longer. */
export interface Observation {
  readonly value: number;
  readonly isCensored: boolean;
  /** How much it counts, > 0. */
  readonly weight: number;
}

/** The share of lengths beyond `value`, from there to the next step. */
interface Step {
  readonly value: number;
  readonly share: number;
}

/**
 * The product-limit estimate of the share of lengths that exceed a given one, with weights (E. L. Kaplan, P. Meier,
 * "Nonparametric estimation from incomplete observations", JASA 53, 1958). A censored length counts for all that is
 * shorter, and beyond it like those that were seen to go on (B. Efron, 1967), so that it never lowers a quantile.
 */
export class Survival {
  readonly #steps: readonly Step[];
  /** The longest that was seen whole; 0 where none was. */
  readonly longest: number;

  constructor(observations: readonly Observation[]) {
    // At the same value what ended comes before what went on.
    const sorted = [...observations].sort((a, b) => a.value - b.value || Number(a.isCensored) - Number(b.isCensored));
    const atRisk = suffixWeights(sorted);
    const steps: Step[] = [];
    let share = 1;
    sorted.forEach(({ value, isCensored, weight }, index) => {
      if (isCensored) return;
      const risk = atRisk[index] ?? weight;
      share *= 1 - weight / risk;
      steps.push({ value, share });
    });
    this.#steps = steps;
    this.longest = steps.at(-1)?.value ?? 0;
  }

  /** The least seen length that no more than `share` of all lengths exceed, or null where that is not known. */
  exceededBy(share: number): number | null {
    return this.#steps.find((step) => step.share <= share + Number.EPSILON)?.value ?? null;
  }
}

/** For each position the sum of the weights from there on, summed from the end so that the last one is exact. */
function suffixWeights(sorted: readonly Observation[]): number[] {
  const sums = new Array<number>(sorted.length);
  let sum = 0;
  for (let index = sorted.length - 1; index >= 0; index--) {
    sum += sorted[index]?.weight ?? 0;
    sums[index] = sum;
  }
  return sums;
}
