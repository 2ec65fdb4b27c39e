/** Why a request is refused, as HTTP tells it. */
export interface AccessRefusal {
  readonly status: 400 | 401 | 403 | 429;
  /** One sentence for the client; never a value it sent. */
  readonly error: string;
  /** Seconds. */
  readonly retryAfter?: number;
}
