import type { Database } from "better-sqlite3";
import type { Note } from "../../protocol/index.ts";
import type { Store } from "../types.ts";
import { keysOf, type PlacedRow, readPage } from "./page.ts";
import type { Appliers } from "./projection.ts";

/** What people said; a note without a time of its own was said when it was recorded. */
export function noteProjection(db: Database): Pick<Store, "notes"> & { appliers: Appliers } {
  const put = db.prepare("insert into notes values (?, ?, ?)");
  const list = db.prepare<unknown[], PlacedRow>(
    `select json_array(seq) as place, json_patch(json_object('at', events.at), payload) as payload
     from notes join events using (seq)
     where case_id = @caseId and seq < @k0 and (@kind is null or kind = @kind) order by seq desc limit @limit`,
  );
  return {
    appliers: {
      "note/recorded": ({ caseId, kind = "note" }, seq) => void put.run(seq, caseId, kind),
    },
    notes: ({ caseId, kind = null }, request) =>
      readPage<Note>(request, { order: "notes", start: [Number.MAX_SAFE_INTEGER] }, (after, limit) =>
        list.all({ ...keysOf(after), caseId, kind, limit }),
      ),
  };
}
