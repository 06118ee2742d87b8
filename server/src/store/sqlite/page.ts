import { z } from "zod";
import { PortwrightError } from "../../protocol/index.ts";
import type { Page, PageRequest } from "../types.ts";

const largestPage = 10_000;

/** Place of a row in a list's order: the values that it is ordered by, the last of which is unique. */
export type Place = readonly (string | number)[];
/** One row of a list: its place, as a JSON array, and the entity as JSON. */
export interface PlacedRow {
  place: string;
  payload: string;
}

/** Before everything in a list ordered by time, then id, newest first. */
export const newestFirst: Place = [Number.MAX_SAFE_INTEGER, ""];

const Cursor = z.tuple([z.string()], z.union([z.string(), z.number()]));

/**
 * Reads one page with `rowsAfter`, which returns at most `limit` rows that come strictly after a place in the order;
 * `start` comes before all. `order` names the order, so that no cursor is taken for a place in another one.
 * A page is stable: entities that appear or change meanwhile never repeat or hide others that keep their place.
 * Throws PortwrightError badParams for a limit outside 1 to 10,000 or a cursor that is not of this list's form.
 */
export function readPage<T>(
  { limit, cursor }: PageRequest,
  { order, start }: { order: string; start: Place },
  rowsAfter: (place: Place, limit: number) => PlacedRow[],
): Page<T> {
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage)
    throw new PortwrightError("badParams", `limit must be from 1 to ${largestPage}, not ${limit}.`);
  const rows = rowsAfter(cursor === undefined ? start : decode(cursor, order, start), limit + 1);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map((row) => JSON.parse(row.payload) as T),
    nextCursor: rows.length > limit && last !== undefined ? encode(order, last) : null,
  };
}

function encode(order: string, { place }: PlacedRow): string {
  return Buffer.from(JSON.stringify([order, ...(JSON.parse(place) as Place)])).toString("base64url");
}

function decode(cursor: string, order: string, start: Place): Place {
  let cause: unknown;
  try {
    const [of, ...place] = Cursor.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
    const alike = place.length === start.length && place.every((key, n) => typeof key === typeof start[n]);
    if (of === order && alike) return place;
  } catch (error) {
    cause = error;
  }
  throw new PortwrightError(
    "badParams",
    "That cursor is not from an earlier page of this list. Start without a cursor.",
    cause,
  );
}

/** A place as named parameters `@k0`, `@k1` and so on. */
export function keysOf(place: Place): Record<string, string | number> {
  return Object.fromEntries(place.map((key, n) => [`k${n}`, key]));
}
