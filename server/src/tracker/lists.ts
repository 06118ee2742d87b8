import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { errorCode } from "../store/errors.ts";
import type { RecordFields } from "./records.ts";

const lists = { ignored: "03_ignored_list.log", skipped: "04_skipped_list.log" } as const;

/** Of one list; the hooks copy no more either. */
const largestList = 32 << 20;

/**
 * Records from the lists that the builder left of a run that has ended: they alone say why a port was ignored or
 * skipped. Lines look like `[XXX] www/a@py311 1 skipped due to www/b->devel/c`, the number being ports held up.
 */
export async function listedReasons(
  evidenceDir: string,
  runId: string,
  profile: string,
): Promise<RecordFields[]> {
  const records: RecordFields[] = [];
  for (const [ev, name] of Object.entries(lists)) {
    const line = new RegExp(`^\\[[^\\]]*\\] +([^ @]+)(?:@([^ ]+))?(?: +\\d+)? +${ev} due to (.*)$`);
    for await (const text of linesOf(join(evidenceDir, "runs", runId, "lists", name))) {
      const [, origin, flavor = "", reason = ""] = line.exec(text) ?? [];
      if (origin !== undefined)
        records.push({ ev, run: runId, profile, origin, flavor, reason: reason.trim().slice(0, 1000) });
    }
  }
  return records;
}

/** None of a file that is not there. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const input = createReadStream(path, { end: largestList - 1 });
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  } finally {
    input.destroy();
  }
}
