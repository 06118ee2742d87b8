/** Keeps the head and the tail of a stream within `limit` bytes; what lies between is cut. */
export class BoundedOutput {
  readonly #headLimit: number;
  readonly #tailLimit: number;
  readonly #head: Uint8Array[] = [];
  #headBytes = 0;
  #tail: Uint8Array[] = [];
  #tailBytes = 0;
  #cut = 0;

  constructor(limit: number) {
    this.#headLimit = Math.ceil(limit / 2);
    this.#tailLimit = Math.floor(limit / 2);
  }

  push(chunk: Uint8Array): void {
    const room = this.#headLimit - this.#headBytes;
    const first = chunk.subarray(0, Math.max(0, room));
    if (first.length > 0) {
      this.#head.push(first);
      this.#headBytes += first.length;
    }
    const rest = chunk.subarray(first.length);
    if (rest.length === 0) return;
    this.#tail.push(rest);
    this.#tailBytes += rest.length;
    if (this.#tailBytes > 2 * this.#tailLimit + 65536) this.#trim();
  }

  #trim(): void {
    const excess = this.#tailBytes - this.#tailLimit;
    if (excess <= 0) return;
    // Copied, so that the chunks that were cut are not kept alive.
    const kept = Buffer.concat(this.#tail).subarray(excess);
    this.#tail = [Buffer.from(kept)];
    this.#tailBytes = kept.length;
    this.#cut += excess;
  }

  finish(): { output: Buffer; truncated: boolean } {
    this.#trim();
    const notice = this.#cut > 0 ? [Buffer.from(`\n[... ${this.#cut} bytes cut ...]\n`)] : [];
    return { output: Buffer.concat([...this.#head, ...notice, ...this.#tail]), truncated: this.#cut > 0 };
  }
}
