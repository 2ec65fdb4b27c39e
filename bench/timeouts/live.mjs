// Mirrors the clocks of src/process/execution-clocks.ts in model time.
const WARNING_SHARE = 0.8;
const EXTENSION_FACTOR = 2;

/**
 * Lives one run of `runsOf` under limits {maxMs, stallMs, isExtended}: where it ends and why.
 * → {reason: 'exit' | 'canceled' | 'timeout' | 'stalled', exitCode, activeMs, longestStillnessMs, lastStillnessMs, extensions}
 */
export function live(run, { maxMs, stallMs, isExtended }) {
  const endsMs = run.hangMs === null ? run.durationMs : Infinity;
  const stallsMs = stalledAt(run, stallMs);
  let limitMs = maxMs;
  let extensions = 0;
  for (;;) {
    if (endsMs <= Math.min(limitMs, stallsMs)) return ended(run.end.reason, endsMs, run.end.exitCode);
    if (stallsMs <= limitMs) return ended('stalled', stallsMs);
    if (!isExtended || lastProgressMs(run, limitMs) <= WARNING_SHARE * limitMs) return ended('timeout', limitMs);
    limitMs *= EXTENSION_FACTOR;
    extensions++;
  }

  function ended(reason, activeMs, exitCode = null) {
    const lastStillnessMs = activeMs - lastProgressMs(run, activeMs);
    const silenceMs = Math.max(0, Math.min(run.silence.toMs, run.hangMs ?? Infinity, activeMs) - run.silence.fromMs);
    const longestStillnessMs = Math.max(silenceMs, lastStillnessMs);
    return { reason, exitCode, activeMs, longestStillnessMs, lastStillnessMs, extensions };
  }
}

/** The latest moment at or before `atMs` with a sign of progress. */
function lastProgressMs({ silence, hangMs }, atMs) {
  const workedMs = Math.min(atMs, hangMs ?? Infinity);
  return workedMs > silence.fromMs && workedMs < silence.toMs ? silence.fromMs : workedMs;
}

/** When there has been no progress for `stallMs`; Infinity where that does not come before the end. */
function stalledAt(run, stallMs) {
  const { silence, hangMs } = run;
  const silentUntilMs = hangMs !== null && hangMs < silence.toMs ? Infinity : silence.toMs;
  if (silentUntilMs - silence.fromMs > stallMs && (hangMs ?? Infinity) > silence.fromMs)
    return silence.fromMs + stallMs;
  return hangMs === null ? Infinity : hangMs + stallMs;
}
