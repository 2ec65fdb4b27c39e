/** The policy refuses a command; `rule` names why for programs, `reason` for people. */
export class PolicyError extends Error {
  readonly kind = 'not-allowed';

  constructor(
    readonly command: string,
    readonly rule: string,
    readonly reason: string = rule,
  ) {
    super(`Command '${command}' is not allowed`);
    this.name = 'PolicyError';
  }
}
