const HUNG_SHARE = 0.02;
const SUCCESS = { reason: 'exit', exitCode: 0 };
const SYNTHETIC_RUNS = 1000;
/** Longest silence of a run that is busy. */
const BUSY_SILENCE_MS = { least: 100, most: 2000 };

/**
 * The runs of a trace: {durationMs, end, loadMultiplier, silence: {fromMs, toMs}, hangMs}. A run makes progress all the
 * time but in its one long silence, and a hung run (hangMs is not null) until `hangMs` and never ends. `end` is how it
 * ends by itself or by its client: {reason: 'exit' | 'canceled', exitCode}.
 */
export function runsOf({ lengths, work }, random) {
  const recorded = Array.isArray(lengths) ? lengths : take(SYNTHETIC_RUNS, lengths(random));
  return recorded.map((length) => {
    const { durationMs, loadMultiplier = 1, end = SUCCESS } = length;
    const silenceMs = length.silenceMs ?? silenceOf(work, durationMs, random);
    const fromMs = random.uniform() * (durationMs - silenceMs);
    const hangMs = random.uniform() * durationMs;
    return {
      durationMs,
      end,
      loadMultiplier,
      silence: { fromMs, toMs: fromMs + silenceMs },
      hangMs: random.chance(HUNG_SHARE) ? hangMs : null,
    };
  });
}

function silenceOf(work, durationMs, random) {
  const busyMs = random.between(BUSY_SILENCE_MS.least, BUSY_SILENCE_MS.most);
  if (work === 'busy') return Math.min(busyMs, durationMs / 2);
  return work === 'silent' ? durationMs : durationMs * random.uniform();
}

function take(count, values) {
  const taken = [];
  for (const value of values) {
    if (taken.length === count) break;
    taken.push(value);
  }
  return taken;
}
