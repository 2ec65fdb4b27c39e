/** Cuts a stream of text into lines, across chunk borders. A line longer than `maxLength` characters is left out whole. */
export class BoundedLines {
  #rest = '';
  #isOverlong = false;

  constructor(
    private readonly maxLength: number,
    private readonly take: (line: string) => void,
  ) {}

  push(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#hold(text.slice(start, end));
      start = end + 1;
      const line = this.#rest;
      const isWhole = !this.#isOverlong;
      this.#rest = '';
      this.#isOverlong = false;
      if (isWhole) this.take(line);
    }
    this.#hold(text.slice(start));
  }

  #hold(part: string): void {
    this.#isOverlong ||= this.#rest.length + part.length > this.maxLength;
    this.#rest = this.#isOverlong ? '' : this.#rest + part;
  }
}
