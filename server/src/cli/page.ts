/** Options that every list has, as they were given. */
export interface ListOptions {
  target?: string;
  limit?: string;
}

export function pageSize(limit: string | undefined): { limit?: number } {
  return limit === undefined ? {} : { limit: Number(limit) };
}

/** Says that a page is not all there is. */
export const more = (nextCursor: string | null): string => (nextCursor ? "(more: raise --limit)\n" : "");
