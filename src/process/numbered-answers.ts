/** Questions that are told apart by a number, and whose answers come later. */
export class NumberedAnswers<T> {
  readonly #waiting = new Map<number, (answer: T) => void>();
  #number = 0;

  /** @param put asks the question of that number */
  ask(put: (number: number) => void): Promise<T> {
    const number = ++this.#number;
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      put(number);
    });
  }

  settle(number: number, answer: T): void {
    this.#waiting.get(number)?.(answer);
    this.#waiting.delete(number);
  }

  /** No answers will come any more: all who wait get this one. */
  settleAll(answer: T): void {
    for (const resolve of this.#waiting.values()) resolve(answer);
    this.#waiting.clear();
  }
}
