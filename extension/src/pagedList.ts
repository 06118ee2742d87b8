import { createSerial } from "@portwright/server/async/serial";
export interface ListPage<T> {
  items: readonly T[];
  /** null where the server does not count. */
  total: number | null;
  nextCursor: string | null;
}
export type FetchPage<T> = (request: { limit: number; cursor?: string }) => Promise<ListPage<T>>;

/** Rows that a person is given at a time. */
const pageSize = 200;
/** What one request may ask for. */
const largestPage = 500;
/** Beyond that many rows nobody reads on: a search finds what is meant. */
const mostShown = 2000;

/** More than any list has that is read whole; a server that goes on with pages is not followed. */
const mostRows = 100_000;

/** Every row of a list of the server's. Throws when there is no end to them. */
export async function everyRow<T>(
  fetch: (request: { limit: number; cursor?: string }) => Promise<Omit<ListPage<T>, "total">>,
): Promise<T[]> {
  const rows: T[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await fetch({ limit: largestPage, ...(cursor !== undefined && { cursor }) });
    rows.push(...page.items);
    cursor = page.nextCursor;
    if (cursor !== null && (page.items.length === 0 || rows.length > mostRows))
      throw new Error("The builder's list does not come to an end; its server may have to be updated");
  }
  return rows;
}

/** A list of the server's, of which so much is held as is shown. */
export class PagedList<T> {
  readonly #fetch: FetchPage<T>;
  #items: readonly T[] | null = null;
  #total: number | null = null;
  #cursor: string | null = null;
  /** One request at a time, so that pages come in their order. */
  readonly #serially = createSerial();

  constructor(fetch: FetchPage<T>) {
    this.#fetch = fetch;
  }

  /** What is held; nothing before `open`. */
  get items(): readonly T[] {
    return this.#items ?? [];
  }

  /** How many there are in all; those held, where the server does not count. */
  get total(): number {
    return this.#total ?? this.items.length;
  }

  /** How many there are beyond those held, as far as is known. */
  get leftOut(): number {
    return Math.max(0, this.total - this.items.length);
  }

  /** What stands after the last row held: a page to be had, or (too many) only a search. */
  get rest(): "none" | "page" | "search" {
    if (this.#cursor === null) return "none";
    return this.items.length < mostShown ? "page" : "search";
  }

  /** Settles when the first page is held. */
  open(): Promise<void> {
    return this.#serially(async () => {
      if (this.#items === null) await this.#read(pageSize);
    });
  }

  more(): Promise<void> {
    return this.#serially(async () => {
      if (this.rest !== "page") return;
      const page = await this.#fetch({ limit: pageSize, ...(this.#cursor && { cursor: this.#cursor }) });
      this.#hold([...this.items, ...page.items], page);
    });
  }

  /** Reads as many as are held anew; nothing when none were asked for yet. */
  reload(): Promise<void> {
    return this.#serially(async () => {
      if (this.#items !== null) await this.#read(Math.max(pageSize, this.#items.length));
    });
  }

  async #read(wanted: number): Promise<void> {
    const items: T[] = [];
    let page: ListPage<T>;
    let cursor: string | null = null;
    do {
      const limit = Math.min(largestPage, wanted - items.length);
      page = await this.#fetch({ limit, ...(cursor !== null && { cursor }) });
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null && items.length < wanted);
    this.#hold(items, page);
  }

  #hold(items: readonly T[], { total, nextCursor }: ListPage<T>): void {
    this.#items = items;
    this.#total = total;
    this.#cursor = nextCursor;
  }
}
