import { writeSync } from "node:fs";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { everything } from "./prunable.ts";

/** Prunes all that is over in the folder of its first argument, and tells of each step. */
const store = openStore({ dir: process.argv[2] ?? "", now: Date.now });
const onProgress = (text: string) => void writeSync(1, `${text}\n`);
const limits = everything(Date.now() + 1000);
await store.prune(limits, { dryRun: false, signal: new AbortController().signal, onProgress });
store.close();
