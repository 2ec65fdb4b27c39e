/** Cuts a stream of text into its lines and parses each as JSON, across chunk borders. */
export class JsonLines<T> {
  #rest = '';

  constructor(private readonly take: (value: T) => void) {}

  push(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      const line = this.#rest + text.slice(start, end);
      this.#rest = '';
      start = end + 1;
      this.take(JSON.parse(line) as T);
    }
    this.#rest += text.slice(start);
  }
}
