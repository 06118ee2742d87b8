import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { backupState, restoreState } from "../../../server/src/store/sqlite/backup.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { sampleBundle, sampleCase, sampleStory } from "../../fixtures/states/entities.ts";

/** Keeps one content, one story and many cases in a state below the folder given, copies it, and makes a state of the copy. */
const folder = process.argv[2] ?? "";
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const state = join(folder, "state");
const store = openStore({ dir: state, now: () => 1 });
const sha256 = await store.blobs.put(Buffer.from("kept"));
process.stdout.write(sha256);
say("story begins");
store.append(sampleStory());
say("story ends");
const scattered = Array.from({ length: 200 }, (_, n) => createHash("sha256").update(`${n}`).digest("hex"));
store.append(
  scattered.map((id) => ({ type: "case/changed", payload: sampleCase({ id, origin: `devel/${id}` }) })),
);
say("cases end");
const artifacts = [{ name: "logs/full.log", kind: "log" as const, sha256, bytes: 4 }];
store.append([{ type: "bundle/added", payload: sampleBundle({ id: "kept", artifacts }) }]);
store.close();

await writeFile(join(state, "portwright.json"), "{}");
const options = { signal: new AbortController().signal, onProgress: () => {} };
say("backup begins");
await backupState(state, join(folder, "far/copy"), options);
say("backup ends");
await restoreState(join(folder, "far/copy"), join(folder, "other"), options);
say("restore ends");
