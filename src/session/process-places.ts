import { SessionError } from './session-error.js';

/** The places for commands that all sessions share. */
export class ProcessPlaces {
  #taken = 0;

  /** @param limit null = any number */
  constructor(private readonly limit: number | null) {}

  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes a place.
   * @returns what gives it back, to be called once
   * @throws SessionError process-limit
   */
  take(): () => void {
    if (this.limit !== null && this.#taken >= this.limit)
      throw new SessionError({ kind: 'process-limit', limit: this.limit });
    return this.occupy();
  }

  /** Takes a place for what runs already, whether there is one or not. @returns what gives it back, to be called once */
  occupy(): () => void {
    this.#taken++;
    return () => {
      this.#taken--;
    };
  }
}
