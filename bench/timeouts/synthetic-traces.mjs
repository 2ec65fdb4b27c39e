// Traces that are made up: each `lengths(random)` yields {durationMs, loadMultiplier?, end?} for ever.
const SECOND_MS = 1000;
const SPREAD = 0.3;

/** {name, work: 'busy' | 'silent' | 'mixed', lengths}; see ../README.md for what they stand for. */
export const SYNTHETIC_TRACES = [
  ...[2, 10, 30].map((median) => trace(`lognormal σ 1, median ${median} s`, 'busy', heavyTailed(median))),
  trace('lognormal σ 1, median 5 s', 'silent', heavyTailed(5)),
  trace('lognormal σ 1, median 10 s', 'mixed', heavyTailed(10)),
  trace('lognormal σ 1, median 5 s, cut short', 'silent', cutShort(heavyTailed(5))),
  ...bothWays('bimodal 1 s, 30 % 40 s', bimodal(1, 40, 0.3)),
  ...bothWays('bimodal 1 s, 5 % 40 s', bimodal(1, 40, 0.05)),
  trace('bimodal 4 s, 5 % 160 s', 'busy', bimodal(4, 160, 0.05)),
  trace('drift 10 to 40 s', 'busy', drifting(10)),
  trace('drift 5 to 20 s', 'silent', drifting(5)),
  ...bothWays('load spikes ×3, 10 s', spiking(10, 3)),
  ...bothWays('load spikes ×3 unseen, 10 s', spiking(10, 1)),
];

function trace(name, work, lengths) {
  return { name: `${name}, ${work}`, work, lengths };
}

function bothWays(name, lengths) {
  return [trace(name, 'busy', lengths), trace(name, 'silent', lengths)];
}

function heavyTailed(medianS) {
  return function* (random) {
    for (;;) yield { durationMs: random.lognormal(medianS, 1) * SECOND_MS };
  };
}

/** Of the runs of `lengths` 20 % fail within their first tenth, and 10 % are canceled at some time. */
function cutShort(lengths) {
  return function* (random) {
    for (const { durationMs } of lengths(random)) {
      const fate = random.uniform();
      if (fate < 0.2) yield { durationMs: durationMs * random.between(0, 0.1), end: { reason: 'exit', exitCode: 1 } };
      else if (fate < 0.3)
        yield { durationMs: durationMs * random.uniform(), end: { reason: 'canceled', exitCode: null } };
      else yield { durationMs };
    }
  };
}

/** Cached or not. */
function bimodal(shortS, longS, longShare) {
  return function* (random) {
    for (;;) yield { durationMs: random.lognormal(random.chance(longShare) ? longS : shortS, SPREAD) * SECOND_MS };
  };
}

/** Four times as long over 200 runs, 200 runs so, then from the start. */
function drifting(medianS) {
  return function* (random) {
    for (let i = 0; ; i = (i + 1) % 400) {
      yield { durationMs: random.lognormal(medianS * 4 ** Math.min(1, i / 200), SPREAD) * SECOND_MS };
    }
  };
}

/** Three times as long for 20 runs, once in 100 runs on average; `loadMultiplier` is what the service sees of it. */
function spiking(medianS, loadMultiplier) {
  return function* (random) {
    for (;;) {
      const isSpike = random.chance(1 / 80);
      for (let i = 0; i < (isSpike ? 20 : 1); i++) {
        const durationMs = random.lognormal(isSpike ? 3 * medianS : medianS, SPREAD) * SECOND_MS;
        yield { durationMs, loadMultiplier: isSpike ? loadMultiplier : 1 };
      }
    }
  };
}
