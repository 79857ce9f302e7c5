/** The last lines of something that goes on for ever, within a bound on their number and one on their length. */
export class LineRing {
  readonly #maxLines: number;
  readonly #maxLength: number;
  #lines: string[] = [];
  /** Lines before this one are gone; they are cut off now and then, not one by one. */
  #first = 0;
  #length = 0;

  /** @param maxLength of all lines together, in characters. */
  constructor({ maxLines, maxLength }: { maxLines: number; maxLength: number }) {
    this.#maxLines = maxLines;
    this.#maxLength = maxLength;
  }

  push(line: string): void {
    this.#lines.push(line);
    this.#length += line.length;
    while (this.#lines.length - this.#first > this.#maxLines || this.#length > this.#maxLength) this.#forgetFirst();
    if (this.#first < this.#maxLines) return;
    this.#lines = this.#lines.slice(this.#first);
    this.#first = 0;
  }

  /** The last of them, at most `count`, the oldest first. */
  last(count: number): string[] {
    return this.#lines.slice(Math.max(this.#first, this.#lines.length - count));
  }

  #forgetFirst(): void {
    this.#length -= this.#lines[this.#first]?.length ?? 0;
    this.#lines[this.#first] = "";
    this.#first += 1;
  }
}
