/** Redis cannot be asked, or has refused for a reason of its own and not of the request's. Names no secret. */
export class RedisUnavailable extends Error {
  readonly kind = 'redis-unavailable';

  constructor(readonly reason: string) {
    super(`Redis is not available: ${reason}`);
    this.name = 'RedisUnavailable';
  }
}
