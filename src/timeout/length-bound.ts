import { type Observation, Survival } from './survival.js';

/** What is known of how long something takes: milliseconds. */
export interface LengthBound {
  /** The median. */
  readonly typicalMs: number;
  /** No less than `quantile` of what is to come are this long at most. */
  readonly quantileMs: number;
  /** The quantile with its margin. */
  readonly boundMs: number;
  /** A share, 0 to 1. */
  readonly quantile: number;
}

/** A length, newest last. */
export interface Length {
  readonly ms: number;
  readonly isCensored: boolean;
}

/** Each newer whole length makes the older ones count for so much less: about the last 50 matter. */
const MEMORY = 0.98;
/** Share of runs that may exceed the quantile. */
const EXCEEDED_SHARE = 0.03;
/** From this weight of whole lengths on, one of them may be an outlier that is not heeded. */
const OUTLIER_WEIGHT = 8;
/** Lengths cut short beyond all that were seen whole, from this weight on, show that the bound is too low: it grows. */
const CUT_WEIGHT = 2.5;
const GROWTH = 2;

/**
 * The bound of lengths to come, from those seen.
 *
 * The quantile is the weighted conformal one: of runs like the last ones, 1 - (e + 1)/(W + 1) or more stay under it, where
 * W is the weight of the whole lengths and e the weight that exceeds it, less the drift of the task (R. F. Barber,
 * E. J. Candès, A. Ramdas, R. J. Tibshirani, "Conformal prediction beyond exchangeability", Annals of Statistics 51, 2023;
 * without weights: S. S. Wilks, 1941). No distribution is assumed for it. Lengths cut short enter by their survival.
 *
 * A length longer than all before never lowers the bound, nor does a longer one in place of another; one cut short never
 * lowers it whatever its length.
 *
 * @param lengths oldest first
 * @param margin what the bound is above the quantile, ≥ 1
 * @returns null where none was seen whole
 */
export function lengthBound(lengths: readonly Length[], margin: number): LengthBound | null {
  const observations = weigh(lengths);
  const survival = new Survival(observations);
  const weight = observations.reduce((sum, each) => sum + (each.isCensored ? 0 : each.weight), 0);
  if (weight === 0) return null;
  const heedless = weight >= OUTLIER_WEIGHT ? 1 / weight : 0;
  const share = Math.max(EXCEEDED_SHARE, heedless);
  const allowed = weight >= OUTLIER_WEIGHT ? share : 0;
  const quantileMs = survival.exceededBy(allowed) ?? survival.longest;
  return {
    typicalMs: survival.exceededBy(0.5) ?? survival.longest,
    quantileMs,
    boundMs: Math.max(margin * quantileMs, GROWTH * cutLength(observations, survival.longest)),
    quantile: 1 - (allowed * weight + 1) / (weight + 1),
  };
}

/** The newest whole length counts 1; a length cut short makes no other older. */
function weigh(lengths: readonly Length[]): Observation[] {
  const observations: Observation[] = [];
  let weight = 1;
  for (const { ms, isCensored } of [...lengths].reverse()) {
    observations.push({ value: ms, isCensored, weight });
    if (!isCensored) weight *= MEMORY;
  }
  return observations;
}

/** The greatest length that enough were cut at or beyond, all of them beyond whatever was seen whole; else 0. */
function cutLength(observations: readonly Observation[], longest: number): number {
  let weight = 0;
  const cut = observations.filter(({ isCensored, value }) => isCensored && value > longest);
  for (const { value, weight: each } of cut.sort((a, b) => b.value - a.value)) {
    weight += each;
    if (weight >= CUT_WEIGHT) return value;
  }
  return 0;
}
