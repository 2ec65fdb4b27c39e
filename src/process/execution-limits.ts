import type { AppConfig } from '../config/app-config.js';
import type { ResourceLimits } from '../config/resource-limits.js';
import type { Estimate } from '../timeout/estimate.js';
import type { TimeLimits } from '../timeout/time-limits.js';
import type { ExecutionRequest } from './execution-request.js';
import { ProcessError } from './process-error.js';
import { resourceLimitsOf } from './limit/resource-limits-of.js';

/** What bounds one execution. */
export interface ExecutionLimits {
  readonly time: TimeLimits;
  readonly resources: ResourceLimits;
  /** What was expected of it at its start. */
  readonly estimate: Estimate;
  readonly cleanupTimeoutMs: number;
  readonly stdinBufferBytes: number;
}

/**
 * The limits of an execution: the client's where it gives one, else the operator's default, else the estimate's. An
 * estimated limit brings the estimated stall limit with it, unless the client gives its own. With an open stdin nothing is
 * estimated.
 * @throws ProcessError limit-over-maximum
 */
export function executionLimits(request: ExecutionRequest, estimate: Estimate, config: AppConfig): ExecutionLimits {
  const { process, stream } = config;
  const { defaultTimeoutMs, maxTimeoutMs } = process;
  const isGiven = request.timeoutMs !== undefined;
  if (isGiven) requireWithinMaximum(request.timeoutMs, maxTimeoutMs);
  const limit = isGiven ? request.timeoutMs : defaultTimeoutMs;
  // An open stdin waits for the client, who alone knows how long.
  const isEstimated = limit === 'estimated' && request.stdin !== 'open';
  return {
    time: {
      timeoutMs: isEstimated ? estimate.maxMs : typeof limit === 'number' ? limit : maxTimeoutMs,
      basedOn: isEstimated ? estimate.basedOn : isGiven ? 'client' : 'operator',
      isEstimated,
      stallTimeoutMs: request.stallTimeoutMs ?? null,
      stillnessMs: isEstimated && request.stallTimeoutMs === undefined ? estimate.stallMs : null,
      silenceNoticeMs: process.silenceNoticeMs,
      maxTimeoutMs,
    },
    resources: resourceLimitsOf(request.limits, config.limit),
    estimate,
    cleanupTimeoutMs: process.cleanupTimeoutMs,
    stdinBufferBytes: stream.maxLineBufferBytes,
  };
}

/** @throws ProcessError limit-over-maximum where a client asks for more time than the operator allows; null = for ever */
export function requireWithinMaximum(timeoutMs: number | null, maxTimeoutMs: number | null): void {
  if (maxTimeoutMs !== null && (timeoutMs ?? Infinity) > maxTimeoutMs)
    throw new ProcessError({ kind: 'limit-over-maximum', resource: 'timeoutMs', maximum: maxTimeoutMs });
}
