import { type Row, readable } from "./row.ts";

/** What the rows of a tree are, as they are now. */
export interface RowSource<T> {
  /** The same for the same row whenever it is read, and of no other row in the tree. */
  idOf(node: T): string;
  rowOf(node: T): Row;
  /** What stands below the row, or at the top. Never rejects. */
  read(node: T | undefined): Promise<readonly T[]>;
}

interface Held<T> {
  rows: readonly T[];
  /** Settles when they were read for the first time. */
  ready: Promise<void>;
}

/** Of what stands at the top; no row has it. */
const top = "";

/**
 * The rows of a tree as the editor has them. While it draws a row anew, the editor loses what stands below, and a click there with it:
 * so rows are read before it is told, answered from what was read, and told of only when they differ.
 */
export class HeldRows<T extends object> {
  readonly #source: RowSource<T>;
  /** By id: the same object for the same row, which the editor knows it by. */
  readonly #nodes = new Map<string, T>();
  /** By the id of the row above. */
  readonly #below = new Map<string, Held<T>>();
  /** By id, how the editor drew it. */
  readonly #looks = new Map<string, string>();
  /** Rows that a person closed. */
  readonly #closed = new Set<string>();

  constructor(source: RowSource<T>) {
    this.#source = source;
  }

  /** How to draw it now. */
  draw(node: T): Row {
    const row = this.#source.rowOf(node);
    this.#looks.set(this.#idOf(node), JSON.stringify(row));
    return readable(row);
  }

  async below(node: T | undefined): Promise<T[]> {
    const id = this.#idOf(node);
    const held = this.#below.get(id) ?? this.#hold(id, node);
    await held.ready;
    return [...held.rows];
  }

  /** What stands below need not be current any more. */
  close(node: T): void {
    const id = this.#idOf(node);
    this.#closed.add(id);
    this.#forget(id);
  }

  /** Whether what stands below a row that a person opened has to be drawn anew. */
  open(node: T): boolean {
    const id = this.#idOf(node);
    return this.#closed.delete(id) && !this.#below.has(id);
  }

  /** Reads all anew that is held. Tells which rows differ, in themselves or in what stands below; `all` when the top does. */
  async refresh(): Promise<readonly T[] | "all"> {
    const read = new Map<Held<T>, { id: string; rows: readonly T[] }>();
    await this.#readHeld(undefined, read);
    const differing = new Set<T | undefined>();
    for (const [held, { id, rows }] of read) {
      // A person may have closed it meanwhile.
      if (this.#below.get(id) !== held) continue;
      const before = held.rows;
      held.rows = this.#kept(rows);
      for (const row of held.rows) if (this.#looksOtherwise(row)) differing.add(row);
      const isSame =
        held.rows.length === before.length && held.rows.every((row, index) => row === before[index]);
      if (!isSame) differing.add(this.#nodes.get(id));
    }
    this.#forgetGone();
    return differing.has(undefined) ? "all" : ([...differing] as T[]);
  }

  #idOf(node: T | undefined): string {
    return node === undefined ? top : this.#source.idOf(node);
  }

  #hold(id: string, node: T | undefined): Held<T> {
    const held: Held<T> = { rows: [], ready: Promise.resolve() };
    held.ready = this.#source.read(node).then((rows) => {
      held.rows = this.#kept(rows);
    });
    this.#below.set(id, held);
    return held;
  }

  async #readHeld(
    node: T | undefined,
    into: Map<Held<T>, { id: string; rows: readonly T[] }>,
  ): Promise<void> {
    const id = this.#idOf(node);
    const held = this.#below.get(id);
    if (!held) return;
    await held.ready;
    const rows = await this.#source.read(node);
    into.set(held, { id, rows });
    await Promise.all(rows.map((row) => this.#readHeld(row, into)));
  }

  /** The rows by the objects that the editor knows; a row that moved on while pages were read would stand twice. */
  #kept(rows: readonly T[]): T[] {
    const kept = rows.map((row) => {
      const id = this.#idOf(row);
      const node = Object.assign(this.#nodes.get(id) ?? row, row);
      this.#nodes.set(id, node);
      return node;
    });
    return [...new Set(kept)];
  }

  #looksOtherwise(node: T): boolean {
    const drawn = this.#looks.get(this.#idOf(node));
    return drawn !== undefined && drawn !== JSON.stringify(this.#source.rowOf(node));
  }

  #forget(id: string): void {
    const held = this.#below.get(id);
    this.#below.delete(id);
    for (const row of held?.rows ?? []) this.#forget(this.#idOf(row));
  }

  #forgetGone(): void {
    const there = new Set([top]);
    for (const id of there) for (const row of this.#below.get(id)?.rows ?? []) there.add(this.#idOf(row));
    for (const known of [this.#nodes, this.#below, this.#looks, this.#closed])
      for (const id of known.keys()) if (!there.has(id)) known.delete(id);
  }
}
