/** The policy refuses a command; `rule` names why. */
export class PolicyError extends Error {
  readonly kind = 'not-allowed';

  constructor(
    readonly command: string,
    readonly rule: string,
  ) {
    super(`Command '${command}' is not allowed`);
    this.name = 'PolicyError';
  }
}
