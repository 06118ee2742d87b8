import { openStore } from "../../../server/src/store/sqlite/open.ts";

/** Holds the state in the folder of its first argument until it is killed. */
openStore({ dir: process.argv[2] ?? "", now: () => 1 });
process.stdout.write("open\n");
setInterval(() => {}, 60_000);
