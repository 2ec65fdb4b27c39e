/** What another service refuses, in its own words: whoever asked knows what they mean. */
export class RemoteFault extends Error {
  constructor(readonly fault: unknown) {
    super('Another service of the cluster refuses');
    this.name = 'RemoteFault';
  }
}
