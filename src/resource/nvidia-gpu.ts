import { findProgram } from './find-program.js';
import { type GpuLoad, UNKNOWN_GPU_LOAD } from './gpu-load.js';
import { GpuRound } from './gpu-round.js';
import { NvidiaSmi } from './nvidia-smi.js';

const INTERVAL_SECONDS = 2;
/** Runs in a row that told of no GPU before it is let be. */
const MAX_FAILURES = 4;
/** What the child needs to find its libraries and to run where it is a script: none of the service's secrets. */
const VARIABLES = ['PATH', 'LANG', 'LD_LIBRARY_PATH'];

const TIMES = {
  /** Age at which what was told is not known any more, and silence after which the program hangs. */
  staleMs: 30_000,
  /** Wait before it is started again where it ended after it had answered. */
  restartMs: 10_000,
  /** Wait after the first failure; each further one doubles it. */
  backOffMs: 1000,
};

/**
 * NVIDIA GPUs, as one long-lived `nvidia-smi` tells of them where it is on PATH. Ends with `stop`; where this process is
 * killed, the child ends when it next writes.
 */
export class NvidiaGpu {
  readonly #round = new GpuRound(INTERVAL_SECONDS * 500);
  #load = UNKNOWN_GPU_LOAD;
  #toldAt = -Infinity;
  #failures = 0;
  #isStopped = false;
  #smi: NvidiaSmi | null = null;
  #restart: NodeJS.Timeout | undefined;

  /**
   * @param environment of which PATH, LANG and LD_LIBRARY_PATH are used
   * @param onGivenUp is told once, with the reason, where the program is there and does not answer
   */
  constructor(
    private readonly environment: Readonly<Record<string, string>>,
    private readonly onGivenUp: (why: string) => void,
    private readonly times = TIMES,
  ) {}

  /** The highest figures among all GPUs. */
  get load(): GpuLoad {
    return performance.now() - this.#toldAt > this.times.staleMs ? UNKNOWN_GPU_LOAD : this.#load;
  }

  /** Looks for the program and starts it; does nothing where there is none. */
  async start(): Promise<void> {
    const program = await findProgram('nvidia-smi', this.environment['PATH']);
    if (program !== null) this.#run(program);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#restart);
    this.#smi?.kill();
  }

  #run(program: string): void {
    if (this.#isStopped) return;
    let answered = false;
    try {
      const smi = new NvidiaSmi(program, this.#variables(), INTERVAL_SECONDS, this.times.staleMs, (row) => {
        answered = true;
        this.#toldAt = performance.now();
        this.#load = this.#round.add(row, this.#toldAt);
      });
      this.#smi = smi;
      void smi.ended.then((why) => {
        this.#smi = null;
        if (smi.isFlooding) this.#toldAt = -Infinity;
        this.#again(program, answered && !smi.isFlooding, why);
      });
    } catch (error) {
      this.#again(program, false, error instanceof Error ? error.message : String(error));
    }
  }

  #variables(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.environment).filter(([name]) => VARIABLES.includes(name)));
  }

  #again(program: string, answered: boolean, why: string): void {
    if (this.#isStopped) return;
    this.#failures = answered ? 0 : this.#failures + 1;
    if (this.#failures === MAX_FAILURES) {
      this.onGivenUp(why);
      return;
    }
    const delayMs = answered ? this.times.restartMs : this.times.backOffMs * 2 ** (this.#failures - 1);
    this.#restart = setTimeout(() => {
      this.#run(program);
    }, delayMs).unref();
  }
}
