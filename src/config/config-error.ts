/** The environment cannot be used. `faults` names every fault, one line each: `NAME: what is wrong`. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`Invalid configuration\n${faults.join('\n')}`);
    this.name = 'ConfigError';
  }
}
