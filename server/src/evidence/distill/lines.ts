import { clean } from "./clean.ts";
import type { WordScanner } from "./scanner.ts";
import type { QuotedLine } from "./types.ts";

const ARENA = 256 * 1024;
const HISTORY = 48 * 1024;
const LONGEST_SEGMENT = 64 * 1024;
const RING = 64;
/** Bytes of one line that are decoded at most; of longer ones, those about the first word found. */
const DECODED = 4096;

/** Memory of readers that are done: fresh memory for each log would pile up to many megabytes before it is collected. */
const spare: Buffer[] = [];
const mostSpare = 8;

/** A line in which words stand, or one that was asked for by `deliverNext`. */
export interface ScannedLine {
  /** 1-based. */
  line: number;
  /** Byte offset of the line's start in the log. */
  offset: number;
  /** Cleaned text, at most about 4,096 characters. */
  text: string;
  /** Ids of the words in it, each once, unordered. */
  words: ReadonlySet<number>;
}

/**
 * Cuts a stream of bytes into lines in constant memory and hands over the few that hold a word. A carriage
 * return ends a piece of a line too (progress bars), without counting as a line; so does every 64 KB.
 */
export class LineReader implements Disposable {
  lines = 0;
  bytes = 0;
  /** That many following non-empty lines are handed over whatever they hold. */
  deliverNext = 0;
  private readonly arena = spare.pop() ?? Buffer.allocUnsafeSlow(ARENA);
  private filled = 0;
  private base = 0;
  private lineStart = 0;
  private start = 0;
  private state = 0;
  private dirty = false;
  private hitAt = -1;
  private words = new Set<number>();
  private readonly ringStart = new Float64Array(RING);
  private readonly ringEnd = new Float64Array(RING);
  private readonly ringLine = new Float64Array(RING);
  private ringCount = 0;

  private readonly scanner: WordScanner;
  private readonly dirtyWords: number;
  private readonly sink: (line: ScannedLine) => void;

  /**
   * Words of the scanner must start with "\n", "\r" and then `dirtyWords` ones that mark a line as in need
   * of cleaning before its words count.
   */
  constructor(scanner: WordScanner, dirtyWords: number, sink: (line: ScannedLine) => void) {
    this.scanner = scanner;
    this.dirtyWords = dirtyWords;
    this.sink = sink;
  }

  feed(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    for (let at = 0; at < chunk.length; ) {
      if (this.filled === ARENA) this.compact();
      const piece = chunk.subarray(at, at + ARENA - this.filled);
      this.arena.set(piece, this.filled);
      const from = this.filled;
      this.filled += piece.length;
      at += piece.length;
      this.scan(from, this.filled);
    }
  }

  /** Ends the last line when no newline did. */
  finish(): void {
    this.endSegment(this.filled);
    if (this.bytes > this.lineStart) this.lines++;
  }

  /** Nothing may be asked of it any more. */
  [Symbol.dispose](): void {
    if (spare.length < mostSpare) spare.push(this.arena);
  }

  /** The last non-empty lines before the one being handed over (all, after `finish`), oldest first. */
  recent(count: number): QuotedLine[] {
    const quoted: QuotedLine[] = [];
    const available = Math.min(count, this.ringCount, RING);
    for (let index = this.ringCount - available; index < this.ringCount; index++) {
      const start = (this.ringStart[index % RING] ?? 0) - this.base;
      const end = (this.ringEnd[index % RING] ?? 0) - this.base;
      if (start < 0) continue;
      const text = clean(this.arena.toString("utf8", start, Math.min(end, start + DECODED))).trimEnd();
      if (text !== "") quoted.push({ line: this.ringLine[index % RING] ?? 0, text });
    }
    return quoted;
  }

  private scan(from: number, to: number): void {
    const { arena } = this;
    const { transition, byteClass, accepting, shift } = this.scanner;
    let state = this.state;
    for (let index = from; index < to; index++) {
      state = transition[(state << shift) | (byteClass[arena[index] as number] as number)] as number;
      if (state >= accepting) this.note(state, index);
    }
    this.state = state;
  }

  private note(state: number, index: number): void {
    for (const id of this.scanner.wordsAt(state)) {
      if (id === 0) {
        this.endSegment(index);
        this.lines++;
        this.start = index + 1;
        this.lineStart = this.base + this.start;
      } else if (id === 1) {
        this.endSegment(index);
        this.start = index + 1;
      } else if (id < 2 + this.dirtyWords) this.dirty = true;
      else {
        this.words.add(id);
        if (this.hitAt < 0) this.hitAt = index;
      }
    }
  }

  private endSegment(end: number): void {
    if (end > this.start) {
      if (this.words.size > 0 || this.dirty || this.deliverNext > 0) this.deliver(end);
      const slot = this.ringCount++ % RING;
      this.ringStart[slot] = this.base + this.start;
      this.ringEnd[slot] = this.base + end;
      this.ringLine[slot] = this.lines + 1;
    }
    if (this.words.size > 0) this.words = new Set();
    this.dirty = false;
    this.hitAt = -1;
  }

  private deliver(end: number): void {
    let from = this.start;
    if (end - from > DECODED && this.hitAt - from > DECODED / 2) from = this.hitAt - DECODED / 2;
    const raw = this.arena.toString("utf8", from, Math.min(end, from + DECODED));
    const text = clean(raw);
    const words = this.dirty ? this.wordsOf(text) : this.words;
    if (words.size === 0 && this.deliverNext === 0) return;
    if (this.deliverNext > 0 && text.trim() !== "") this.deliverNext--;
    this.sink({ line: this.lines + 1, offset: this.base + this.start, text: text.trimEnd(), words });
  }

  private wordsOf(text: string): Set<number> {
    const { transition, byteClass, accepting, shift } = this.scanner;
    const found = new Set<number>();
    let state = 0;
    for (const byte of Buffer.from(text)) {
      state = transition[(state << shift) | (byteClass[byte] as number)] as number;
      if (state >= accepting) for (const id of this.scanner.wordsAt(state)) found.add(id);
    }
    return found;
  }

  private compact(): void {
    if (this.filled - this.start > LONGEST_SEGMENT) {
      this.endSegment(this.filled);
      this.start = this.filled;
    }
    const keep = Math.max(0, Math.min(this.start, this.filled - HISTORY));
    this.arena.copyWithin(0, keep, this.filled);
    this.base += keep;
    this.filled -= keep;
    this.start -= keep;
    this.hitAt = this.hitAt < 0 ? -1 : this.hitAt - keep;
  }
}
