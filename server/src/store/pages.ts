import type { Page, PageRequest } from "./types.ts";

const atOnce = 500;

/** Every item of a list that is given by pages; a page is read when its first item is asked for. */
export function* everyItem<T>(read: (page: PageRequest) => Page<T>): Generator<T, void, undefined> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = read({ limit: atOnce, cursor });
    yield* page.items;
    cursor = page.nextCursor;
  }
}
