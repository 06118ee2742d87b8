/** Columns of a row of the table: a power of two above the number of different bytes in the words. */
const WIDTH_BITS = 7;
const WIDTH = 1 << WIDTH_BITS;
const STATES = 0xffff;

/**
 * Multi-word search over bytes (an Aho-Corasick automaton with ASCII case and quotes folded): one table look-up a byte
 * whatever the number of words, so a log is read at the same speed however many matchers there are.
 */
export class WordScanner {
  /** The next state is transition[(state << shift) | byteClass[byte]]; the first is 0. */
  readonly transition: Uint16Array;
  readonly shift = WIDTH_BITS;
  readonly byteClass: Uint8Array;
  /** States from this one on end at least one word. */
  readonly accepting: number;
  private readonly ends: readonly (readonly number[])[];

  /** Words are compared byte by byte, strings in UTF-8; a word's id is its index. Throws RangeError for too many of them. */
  constructor(words: readonly (string | Uint8Array)[]) {
    const encoded = words.map((word) => Buffer.from(word));
    this.byteClass = classesOf(encoded);
    const trie = buildTrie(encoded, this.byteClass);
    const order = acceptingLast(trie.ends);
    const place = new Uint16Array(order.length);
    order.forEach((node, position) => {
      place[node] = position;
    });
    this.transition = new Uint16Array(order.length << WIDTH_BITS);
    order.forEach((node, position) => {
      for (let column = 0; column < WIDTH; column++) {
        const target = trie.next[(node << WIDTH_BITS) | column] ?? 0;
        this.transition[(position << WIDTH_BITS) | column] = place[target] ?? 0;
      }
    });
    this.accepting = trie.ends.filter((ids) => ids.length === 0).length;
    this.ends = order.slice(this.accepting).map((node) => trie.ends[node] ?? []);
  }

  /** Ids of the words that end in an accepting state. */
  wordsAt(state: number): readonly number[] {
    return this.ends[state - this.accepting] ?? [];
  }
}

function classesOf(words: readonly Buffer[]): Uint8Array {
  const classes = new Uint8Array(256);
  let count = 0;
  for (const word of words) {
    for (const byte of word) {
      const folded = fold(byte);
      if (classes[folded] === 0) classes[folded] = ++count;
    }
  }
  if (count >= WIDTH) throw new RangeError(`words of more than ${WIDTH - 1} different bytes`);
  for (let byte = 0; byte < 128; byte++) classes[byte] = classes[fold(byte)] ?? 0;
  return classes;
}

/** Cases are one, and so are the two quotes of ASCII that tools open a name with. */
function fold(byte: number): number {
  if (byte === 96) return 39;
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

interface Trie {
  next: Uint16Array;
  ends: number[][];
}

function buildTrie(words: readonly Buffer[], classes: Uint8Array): Trie {
  const most = 1 + words.reduce((sum, word) => sum + word.length, 0);
  const next = new Uint16Array(most << WIDTH_BITS);
  const ends: number[][] = [[]];
  words.forEach((word, id) => {
    let node = 0;
    for (const byte of word) {
      const slot = (node << WIDTH_BITS) | (classes[fold(byte)] ?? 0);
      if (!next[slot]) {
        if (ends.length > STATES) throw new RangeError(`words of more than ${STATES} states`);
        next[slot] = ends.length;
        ends.push([]);
      }
      node = next[slot] ?? 0;
    }
    ends[node]?.push(id);
  });
  completeWithFailures(next, ends);
  return { next, ends };
}

/** Turns the trie into an automaton: a missing edge leads to where the longest proper suffix leads. */
function completeWithFailures(next: Uint16Array, ends: number[][]): void {
  const suffix = new Uint16Array(ends.length);
  const queue: number[] = [];
  for (let column = 0; column < WIDTH; column++) {
    const child = next[column] ?? 0;
    if (child) queue.push(child);
  }
  for (let head = 0; head < queue.length; head++) {
    const node = queue[head] ?? 0;
    const fallback = suffix[node] ?? 0;
    ends[node]?.push(...(ends[fallback] ?? []));
    for (let column = 0; column < WIDTH; column++) {
      const slot = (node << WIDTH_BITS) | column;
      const through = next[(fallback << WIDTH_BITS) | column] ?? 0;
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
