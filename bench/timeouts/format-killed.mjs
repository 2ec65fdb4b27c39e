const SHOWN_EACH = 10;

/** Healthy runs that the first estimator killed, some of each trace, one a line: what ran, and what was allowed. */
export function formatKilled(figures) {
  return figures
    .filter(({ byEstimator: [ours] }) => ours.runs.length > 0)
    .map(({ trace, byEstimator: [ours] }) => {
      const counts = ['timeout', 'stalled']
        .map((reason) => `${ours.runs.filter(({ end }) => end.reason === reason).length} ${reason}`)
        .join(', ');
      return [`${trace}: ${counts}`, ...ours.runs.slice(0, SHOWN_EACH).map(killedLine)].join('\n');
    })
    .join('\n');
}

function killedLine({ seed, index, run, limits, end }) {
  const seconds = (ms) => (ms / 1000).toFixed(1);
  const silence = `silent ${seconds(run.silence.fromMs)} to ${seconds(run.silence.toMs)}`;
  const allowed = `limit ${seconds(limits.maxMs)}, stall ${seconds(limits.stallMs)}`;
  return `  seed ${seed} run ${index}: ${seconds(run.durationMs)} s, ${silence}; ${allowed}; ${end.reason} at ${seconds(end.activeMs)}`;
}
