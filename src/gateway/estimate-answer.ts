import type { Estimate } from '../timeout/estimate.js';
import type { TimeoutVerdict } from '../timeout/timeout-verdict.js';

/** An estimate as the wire names it; times in seconds. */
export function estimateAnswer(estimate: Estimate): Record<string, unknown> {
  const { task, systemLoad } = estimate;
  return {
    expected_time: seconds(estimate.expectedMs),
    max_time: seconds(estimate.maxMs),
    stall_timeout: seconds(estimate.stallMs),
    based_on: estimate.basedOn,
    samples: estimate.samples,
    quantile: estimate.quantile === null ? null : Math.round(estimate.quantile * 1000) / 1000,
    multiplier: estimate.multiplier,
    confidence: Math.round(estimate.confidence * 100) / 100,
    load_multiplier: estimate.loadMultiplier,
    system_load: {
      cpu_percent: systemLoad.cpuPercent,
      memory_percent: systemLoad.memoryPercent,
      gpu_percent: systemLoad.gpuPercent,
    },
    task: { category: task.category, name: task.name, complexity: task.complexity, type: task.type },
  };
}

/** A verdict on a proposed limit of so many seconds, 0 = none, as the wire names it. */
export function timeoutVerdictAnswer(
  proposedSeconds: number,
  verdict: TimeoutVerdict,
  estimate: Estimate,
): Record<string, unknown> {
  return {
    is_valid: verdict.isValid,
    proposed_timeout: proposedSeconds,
    suggested_timeout: seconds(verdict.suggestedMs),
    difference_percentage: verdict.differencePercent === null ? null : Math.round(verdict.differencePercent * 10) / 10,
    confidence: Math.round(estimate.confidence * 100) / 100,
    based_on: estimate.basedOn,
    adjustment_reason: verdict.reason,
  };
}

/** To the millisecond. */
function seconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000;
}
