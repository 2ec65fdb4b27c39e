/** What the services together cannot do at the moment; asking again later may do. */
export class ClusterError extends Error {
  readonly kind = 'cluster-unavailable';

  /** @param why a sentence for logs */
  constructor(readonly why: string) {
    super(`The cluster cannot be asked: ${why}`);
    this.name = 'ClusterError';
  }
}
