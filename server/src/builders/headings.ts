export type PhaseOf = (line: string) => string | undefined;

/** A longer line is no heading. */
const headingBytes = 4096;
const newline = 10;

/** Finds the lines of a stream that begin a phase, however it is cut into pieces. */
export class HeadingFinder {
  readonly #phaseOf: PhaseOf;
  #rest: Uint8Array<ArrayBufferLike> = new Uint8Array();
  /** The rest is the end of a line whose beginning was given away. */
  #isTail = false;

  constructor(phaseOf: PhaseOf) {
    this.#phaseOf = phaseOf;
  }

  /** The bytes as they came, as far as their lines are whole; the name of a phase before the line that begins it. */
  *push(chunk: Uint8Array): Generator<Uint8Array | string> {
    const text = Buffer.concat([this.#rest, chunk]);
    let line = 0;
    let given = 0;
    for (let end = text.indexOf(newline); end >= 0; end = text.indexOf(newline, line)) {
      const isHeading = !this.#isTail && end - line <= headingBytes;
      const phase = isHeading ? this.#phaseOf(text.toString("latin1", line, end).trimEnd()) : undefined;
      if (phase !== undefined) {
        if (given < line) yield text.subarray(given, line);
        yield phase;
        given = line;
      }
      this.#isTail = false;
      line = end + 1;
    }
    if (given < line) yield text.subarray(given, line);
    this.#rest = text.subarray(line);
    if (this.#rest.length <= headingBytes) return;
    yield this.#rest;
    this.#rest = new Uint8Array();
    this.#isTail = true;
  }

  /** What stands behind the last line's end. */
  rest(): Uint8Array {
    return this.#rest;
  }
}
