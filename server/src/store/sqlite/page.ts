import { z } from "zod";
import { PortwrightError } from "../../protocol/index.ts";
import type { Page, PageRequest } from "../types.ts";

const largestPage = 10_000;

/** Place in a list ordered by time, then id, newest first. */
interface Place {
  at: number;
  id: string;
}
/** One row of such a list: its place and the entity as JSON. */
export interface PlacedRow extends Place {
  payload: string;
}

/** Before everything: no entity has a later time. */
const start: Place = { at: Number.MAX_SAFE_INTEGER, id: "" };
const Cursor = z.tuple([z.int(), z.string()]);

/**
 * Reads one page with `rowsAfter`, which returns at most `limit` rows that come strictly after a place in the order.
 * A page is stable: entities that appear or change meanwhile never repeat or hide others.
 * Throws PortwrightError badParams for a limit outside 1 to 10,000 or a cursor that is not of this list's form.
 */
export function readPage<T>(
  request: PageRequest,
  rowsAfter: (place: Place, limit: number) => PlacedRow[],
): Page<T> {
  const { limit } = request;
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage)
    throw new PortwrightError("badParams", `limit must be from 1 to ${largestPage}, not ${limit}.`);
  const rows = rowsAfter(request.cursor === undefined ? start : decode(request.cursor), limit + 1);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map((row) => JSON.parse(row.payload) as T),
    nextCursor: rows.length > limit && last !== undefined ? encode(last) : null,
  };
}

function encode(place: Place): string {
  return Buffer.from(JSON.stringify([place.at, place.id])).toString("base64url");
}

function decode(cursor: string): Place {
  try {
    const [at, id] = Cursor.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
    return { at, id };
  } catch (error) {
    throw new PortwrightError(
      "badParams",
      "That cursor is not from an earlier page of this list. Start without a cursor.",
      error,
    );
  }
}
