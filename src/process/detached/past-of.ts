import type { ExecutionPast } from '../execution-past.js';
import type { ExecutionRecord } from './execution-record.js';
import type { JournalEntry } from './journal-entry.js';

/** What a journal tells of an execution. @param nowMs of CLOCK_MONOTONIC */
export function pastOf(record: ExecutionRecord, entries: readonly JournalEntry[], nowMs: number): ExecutionPast {
  let pausedAtMs: number | null = null;
  let pausedMs = 0;
  let moved = null as ExecutionPast['moved'];
  const extensions = { progress: 0, client: 0 };
  let completion: ExecutionPast['completion'] = null;
  let outcome: ExecutionPast['outcome'] = null;
  let startedAt = record.startedAt;
  let startedMs = record.startedMs;
  let cause: ExecutionPast['cause'] = null;
  for (const entry of entries) {
    if (entry.entry === 'cause') cause ??= entry.cause;
    if (entry.entry !== 'event') continue;
    const { event, atMs } = entry;
    if (event.type === 'started') {
      startedAt = event.at;
      startedMs = atMs;
    } else if (event.type === 'paused') pausedAtMs ??= atMs;
    else if (event.type === 'resumed' && pausedAtMs !== null) {
      pausedMs += atMs - pausedAtMs;
      pausedAtMs = null;
    } else if (event.type === 'extended') {
      const isOfClient = event.why === 'client';
      moved = { limitMs: event.toMs, isOfClient: isOfClient || (moved?.isOfClient ?? false) };
      extensions[isOfClient ? 'client' : 'progress']++;
    } else if (event.type === 'found' && event.finding.kind === 'completion')
      completion ??= { marker: event.finding.text, elapsedMs: event.elapsedMs };
    else if (event.type === 'completed') outcome = event.outcome;
  }
  const elapsedMs = nowMs - startedMs;
  const activeMs = (pausedAtMs ?? nowMs) - startedMs - pausedMs;
  return {
    startedAt,
    elapsedMs,
    activeMs,
    isPaused: pausedAtMs !== null,
    moved,
    extensions,
    cause,
    completion,
    outcome,
  };
}
