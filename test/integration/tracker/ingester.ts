import { join } from "node:path";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { Spool } from "./spool.ts";

/** Takes the evidence of the folder in its first argument until it is killed. */
const dir = process.argv[2] ?? "";
const store = openStore({ dir: join(dir, "state"), now: () => Date.now() });
const intake = new Spool(join(dir, "evidence")).intake(
  store,
  (error) => {
    throw error;
  },
  20,
);
intake.start();
process.stdout.write("taking\n");
