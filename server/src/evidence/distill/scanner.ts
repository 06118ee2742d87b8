/**
 * Multi-word search over bytes (an Aho-Corasick automaton with ASCII case and quotes folded): one table look-up a byte
 * whatever the number of words, so a log is read at the same speed however many matchers there are.
 */
export class WordScanner {
  /** transition[state + byteClass[byte]] is the next state; states are row offsets into the table. */
  readonly transition: Uint32Array;
  readonly byteClass: Uint8Array;
  /** States from this one on end at least one word. */
  readonly accepting: number;
  private readonly ends: readonly (readonly number[])[];
  private readonly width: number;

  /** Words are compared byte by byte in UTF-8; a word's id is its index. */
  constructor(words: readonly string[]) {
    const encoded = words.map((word) => Buffer.from(word));
    this.byteClass = classesOf(encoded);
    this.width = Math.max(...this.byteClass) + 1;
    const trie = buildTrie(encoded, this.byteClass, this.width);
    const order = acceptingLast(trie.ends);
    const offsetOf = new Array<number>(order.length);
    order.forEach((node, position) => {
      offsetOf[node] = position * this.width;
    });
    this.transition = new Uint32Array(order.length * this.width);
    order.forEach((node, position) => {
      for (let column = 0; column < this.width; column++) {
        const target = trie.next[node * this.width + column] ?? 0;
        this.transition[position * this.width + column] = offsetOf[target] ?? 0;
      }
    });
    const quiet = trie.ends.filter((ids) => ids.length === 0).length;
    this.accepting = quiet * this.width;
    this.ends = order.slice(quiet).map((node) => trie.ends[node] ?? []);
  }

  /** Ids of the words that end in an accepting state. */
  wordsAt(state: number): readonly number[] {
    return this.ends[(state - this.accepting) / this.width] ?? [];
  }
}

function classesOf(words: readonly Buffer[]): Uint8Array {
  const classes = new Uint8Array(256);
  let count = 0;
  for (const word of words) {
    for (const byte of word) {
      const lower = fold(byte);
      if (classes[lower] === 0) classes[lower] = ++count;
    }
  }
  for (let byte = 0; byte < 128; byte++) classes[byte] = classes[fold(byte)] ?? 0;
  return classes;
}

/** Cases are one, and so are the two quotes of ASCII that tools open a name with. */
function fold(byte: number): number {
  if (byte === 96) return 39;
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

interface Trie {
  next: number[];
  ends: number[][];
}

function buildTrie(words: readonly Buffer[], classes: Uint8Array, width: number): Trie {
  const next: number[] = new Array<number>(width).fill(0);
  const ends: number[][] = [[]];
  words.forEach((word, id) => {
    let node = 0;
    for (const byte of word) {
      const slot = node * width + (classes[fold(byte)] ?? 0);
      if (!next[slot]) {
        next[slot] = ends.length;
        ends.push([]);
        for (let column = 0; column < width; column++) next.push(0);
      }
      node = next[slot] ?? 0;
    }
    ends[node]?.push(id);
  });
  completeWithFailures(next, ends, width);
  return { next, ends };
}

/** Turns the trie into an automaton: a missing edge leads to where the longest proper suffix leads. */
function completeWithFailures(next: number[], ends: number[][], width: number): void {
  const suffix = new Array<number>(ends.length).fill(0);
  const queue: number[] = [];
  for (let column = 0; column < width; column++) {
    const child = next[column] ?? 0;
    if (child) queue.push(child);
  }
  for (let head = 0; head < queue.length; head++) {
    const node = queue[head] ?? 0;
    const fallback = suffix[node] ?? 0;
    ends[node]?.push(...(ends[fallback] ?? []));
    for (let column = 0; column < width; column++) {
      const slot = node * width + column;
      const through = next[fallback * width + column] ?? 0;
      const child = next[slot] ?? 0;
      if (child) {
        suffix[child] = through;
        queue.push(child);
      } else next[slot] = through;
    }
  }
}

/** Node numbers with the word-ending ones last; the root stays first, so state 0 is the start. */
function acceptingLast(ends: readonly (readonly number[])[]): number[] {
  const quiet: number[] = [];
  const loud: number[] = [];
  ends.forEach((ids, node) => {
    (ids.length === 0 ? quiet : loud).push(node);
  });
  return [...quiet, ...loud];
}
