import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { heuristicName } from '../config/heuristics.js';
import { ResourceService } from '../resource/resource.service.js';
import { Classifier } from './classification/classifier.js';
import type { Estimate } from './estimate.js';
import { estimateFrom, type LearnedTimes } from './estimator.js';
import { History } from './history/history.js';
import { type RunEnd, runFrom } from './run-from.js';
import { historyKey, similarKey, type Task, type TaskHint } from './task.js';
import type { TaskRun } from './task-run.js';

/** What a client wants to run: a line for the shell, or a program and its arguments. */
export type Program = { readonly command: string } | { readonly argv: readonly string[] };

/** How much an estimate is worth that was not learned from the task itself. */
const CONFIDENCE = { similar: 0.5, heuristic: 0.5, knownTask: 0.25, unknownTask: 0.1 };

/** Estimates how long commands take, and learns it from how long they took. */
@Injectable()
export class TimeoutService {
  /** What runs teach at a load: runs are never changed, so that it is worked out once. */
  readonly #lessons = new WeakMap<readonly TaskRun[], { load: number; learned: LearnedTimes | null }>();

  constructor(
    private readonly config: AppConfig,
    private readonly resources: ResourceService,
    private readonly classifier: Classifier,
    private readonly history: History,
  ) {}

  /**
   * What a command's run is expected to take: by its own history, else by that of tasks like it, else by the operator's
   * heuristic, else by its complexity. At once where its history is in memory; never later than the stores' own limits,
   * and never rejects.
   */
  estimate(program: Program, hint: TaskHint = {}): Estimate | Promise<Estimate> {
    const task = this.classifier.classify(program, hint);
    const own = this.history.runs(historyKey(task));
    if (own instanceof Promise) return own.then((runs) => this.#fromHistory(task, runs));
    return this.#fromHistory(task, own);
  }

  /** Learns from a run that has ended. Never rejects. */
  async learn({ task, loadMultiplier }: Estimate, end: Omit<RunEnd, 'loadMultiplier'>): Promise<void> {
    const known = this.#learned(await this.history.runs(historyKey(task)));
    const run = runFrom({ ...end, loadMultiplier }, task.successExitCodes, known?.expectedMs ?? null);
    if (run === null) return;
    const added = this.history.add([historyKey(task), similarKey(task)], run);
    // Worked out here, the lesson is there when the next run asks for it.
    this.#learned(await this.history.runs(historyKey(task)));
    await added;
  }

  #learned(runs: readonly TaskRun[]): LearnedTimes | null {
    const load = this.resources.multiplier;
    const lesson = this.#lessons.get(runs);
    if (lesson?.load === load) return lesson.learned;
    const learned = estimateFrom(runs, load);
    this.#lessons.set(runs, { load, learned });
    return learned;
  }

  #fromHistory(task: Task, runs: readonly TaskRun[]): Estimate | Promise<Estimate> {
    const learned = this.#learned(runs);
    if (learned !== null)
      return this.#answer(task, { ...learned, basedOn: 'exact_history', confidence: learned.quantile });
    const similar = this.history.runs(similarKey(task));
    if (similar instanceof Promise) return similar.then((found) => this.#fromOthers(task, found));
    return this.#fromOthers(task, similar);
  }

  #fromOthers(task: Task, similar: readonly TaskRun[]): Estimate {
    const learned = this.#learned(similar);
    const { heuristics, defaults, baselineMultiplier, unknownMaxMs } = this.config.timeout;
    const load = this.resources.multiplier;
    const { expectedMs, maxMs } = defaults[task.complexity];
    const leastMs = Math.max(maxMs * baselineMultiplier, task.isKnown ? 0 : unknownMaxMs) * load;
    if (learned !== null) {
      // Others' runs say what is usual; they are no reason to be stricter than with a task nothing is known of.
      const similarMaxMs = Math.max(leastMs, learned.maxMs);
      return this.#answer(task, {
        ...learned,
        maxMs: similarMaxMs,
        stallMs: similarMaxMs,
        basedOn: 'similar_tasks',
        confidence: learned.quantile * CONFIDENCE.similar,
      });
    }
    const unlearned = { samples: 0, quantile: null, multiplier: 1 };
    const heuristic = heuristics[heuristicName(task.category, task.name)];
    if (heuristic !== undefined) {
      return this.#answer(task, {
        ...unlearned,
        expectedMs: heuristic.expectedMs * load,
        neededMs: heuristic.expectedMs * load,
        maxMs: heuristic.maxMs * load,
        stallMs: heuristic.maxMs * load,
        basedOn: 'heuristic',
        confidence: CONFIDENCE.heuristic,
      });
    }
    return this.#answer(task, {
      ...unlearned,
      multiplier: baselineMultiplier,
      expectedMs: expectedMs * baselineMultiplier * load,
      neededMs: expectedMs * baselineMultiplier * load,
      maxMs: leastMs,
      stallMs: leastMs,
      basedOn: 'default',
      confidence: task.isKnown ? CONFIDENCE.knownTask : CONFIDENCE.unknownTask,
    });
  }

  /** No limit is beyond the operator's. */
  #answer(task: Task, given: Omit<Estimate, 'task' | 'loadMultiplier' | 'systemLoad'>): Estimate {
    const capMs = this.config.process.maxTimeoutMs ?? Infinity;
    return {
      ...given,
      task,
      maxMs: Math.min(given.maxMs, capMs),
      stallMs: Math.min(given.stallMs, capMs),
      loadMultiplier: this.resources.multiplier,
      systemLoad: this.resources.load,
    };
  }
}
