/** A client asks for more than its rate. */
export class RateError extends Error {
  readonly kind = 'rate-limit';

  constructor(readonly retryAfterMs: number) {
    super('Rate limit exceeded');
    this.name = 'RateError';
  }
}
