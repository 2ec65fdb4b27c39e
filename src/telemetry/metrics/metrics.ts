import { Injectable } from '@nestjs/common';
import {
  collectDefaultMetrics,
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from 'prom-client';
import { AppConfig } from '../../config/app-config.js';
import { VERSION } from '../../config/version.js';

/** The lag of the event loop is measured by looks this far apart. */
const LOOP_LOOK_MS = 20;

/**
 * What the service counts, in the text format of Prometheus. Rooms are asked for what they know anyway when it is read, so
 * that counting costs their own work nothing. No label has a value that a client chooses. With METRICS=off nothing is
 * counted.
 */
@Injectable()
export class Metrics {
  readonly #registry = new Registry();
  readonly isOn: boolean;

  constructor(config: AppConfig) {
    this.isOn = config.metrics.access !== 'off';
    if (!this.isOn) return;
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: LOOP_LOOK_MS });
    this.gauge({ name: 'info', help: 'The service, always 1', labelNames: ['version'] }).set({ version: VERSION }, 1);
  }

  /** The media type of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All of it as it is now. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** A number that only grows. Names get the service's prefix here and below. */
  counter<L extends string>(configuration: CounterConfiguration<L>): Counter<L> {
    return new Counter({ ...configuration, ...this.#own(configuration.name) });
  }

  gauge<L extends string>(configuration: GaugeConfiguration<L>): Gauge<L> {
    return new Gauge({ ...configuration, ...this.#own(configuration.name) });
  }

  histogram<L extends string>(configuration: HistogramConfiguration<L>): Histogram<L> {
    return new Histogram({ ...configuration, ...this.#own(configuration.name) });
  }

  /** A gauge that is asked for when it is read. */
  reading(name: string, help: string, read: () => number): void {
    this.gauge({
      name,
      help,
      collect() {
        this.set(read());
      },
    });
  }

  #own(name: string): { name: string; registers: Registry[] } {
    return { name: `cc_executor_${name}`, registers: [this.#registry] };
  }
}
