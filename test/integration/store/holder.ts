import { openStore } from "../../../server/src/store/sqlite/open.ts";

/** Holds the state in the folder of its first argument until it is killed. */
const store = openStore({ dir: process.argv[2] ?? "", now: () => 1 });
process.stdout.write("open\n");
// A store that nobody refers to any more is closed by the garbage collector.
setInterval(() => store.lastSeq(), 60_000);
