import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { redactor } from "../../../server/src/evidence/emails.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { createIntake } from "../../../server/src/tracker/intake.ts";
import { Spool } from "./spool.ts";

let dir: string;
let store: Store;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-maintainer-"));
  store = openStore({ dir: join(dir, "state"), now: () => Date.now() });
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

/** The maintainer of the case that a bundle with these port files opens. */
async function maintainer(files: Record<string, string>, emails = false): Promise<string | undefined> {
  const spool = new Spool(join(dir, "evidence"));
  const onError = (error: unknown) => {
    throw error;
  };
  const intake = createIntake({ ...spool.parts(store), onError, redact: redactor({ emails }) });
  const bundle = spool.bundle("R1", "devel/one", files);
  spool.write({ ev: "failure", run: "R1", profile: "main", origin: "devel/one", flavor: "", bundle });
  await intake.poll();
  const found = store.caseOf("main", "devel/one", "");
  expect(found?.state).toBe("open");
  return found?.maintainer;
}

test.each<[string, Record<string, string>, string | undefined]>([
  ["its Makefile", { "port/Makefile": "PORTNAME=\tone\nMAINTAINER=\tjo@example.org\n" }, "jo@example.org"],
  ["a default", { "port/Makefile": "MAINTAINER?= ports@FreeBSD.org # nobody\n" }, "ports@FreeBSD.org"],
  ["a file beside it", { "port/Makefile.common": "MAINTAINER:=kim@x.example.org\n" }, "kim@x.example.org"],
  [
    "both, its own first",
    { "port/Makefile": "MAINTAINER=a@x.org\n", "port/Makefile.common": "MAINTAINER=b@x.org\n" },
    "a@x.org",
  ],
  ["a variable", { "port/Makefile": "MAINTAINER=\t$(WHO)\n" }, undefined],
  ["words", { "port/Makefile": "MAINTAINER=\t<script>@x\n#MAINTAINER=c@x.org\n" }, undefined],
  [
    "none, beyond what is read",
    { "port/Makefile": `${"#\n".repeat(40_000)}MAINTAINER=d@x.org\n` },
    undefined,
  ],
])("a port's maintainer is told by %s", async (_, files, expected) => {
  expect(await maintainer(files)).toBe(expected);
});

test("where addresses are not to be kept, no event holds it", async () => {
  expect(await maintainer({ "port/Makefile": "MAINTAINER=\tjo@example.org\n" }, true)).toBeUndefined();
  expect(JSON.stringify(store.events(0, 100))).not.toContain("jo@example");
});
