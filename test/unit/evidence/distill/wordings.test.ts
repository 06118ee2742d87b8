import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { distillText, dsynthLog, poudriereLog } from "./frames.ts";

const FOLDER = fileURLToPath(new URL("../../../fixtures/logs/wordings/", import.meta.url));
const STOP = "*** Error code 1\n\nStop.\nmake: stopped in /xports/devel/sample";

/** What a build says in passing and goes on: none of it may be taken for the cause. */
const NOISE = `/usr/bin/env: 'python': No such file or directory
Package openssl was not found in the pkg-config search path.
gen/table.c:3:1: error: this is only printed
checking for getaddrinfo... yes
rm: old.o: No such file or directory
ERROR: could not open the display
sed: can't read gone.in: No such file or directory
${Array.from({ length: 90 }, (_, index) => `cc -O2 -c unit${index}.c -o unit${index}.o`).join("\n")}`;

describe.each(readdirSync(FOLDER).map((file) => file.replace(".tsv", "")))("%s", (classification) => {
  const rows = readFileSync(join(FOLDER, `${classification}.tsv`), "utf8")
    .trimEnd()
    .split("\n");

  test.each(rows)("%s", async (row) => {
    const [kind, phase = "", raw = ""] = row.split("\t");
    const lines = `===>  Working on sample-1.0\n${raw.replaceAll("\\n", "\n").replaceAll("\\t", "\t")}\n${STOP}`;
    const found = await distillText(dsynthLog(phase, lines));
    expect(found, found.extract).toMatchObject({ classification, outcome: "failed", cause: { kind } });
    const elsewhere = await distillText(poudriereLog(phase, lines));
    expect(elsewhere.signature, elsewhere.extract).toEqual(found.signature);
    const { cause } = await distillText(dsynthLog(phase, `${NOISE}\n${lines}`));
    const isTelling = (found.cause?.confidence ?? 0) >= 0.5;
    if (isTelling) expect(cause, cause?.text).toMatchObject({ kind });
    // Colours and carriage returns are no part of a message.
    const dressed = lines.replace(/^(.+)$/gm, "\u001b[1m$1\u001b[0m\r");
    expect((await distillText(dsynthLog(phase, dressed))).signature).toEqual(found.signature);
  });
});

test("rows have three columns and kinds of their own", () => {
  for (const file of readdirSync(FOLDER)) {
    for (const row of readFileSync(join(FOLDER, file), "utf8").trimEnd().split("\n")) {
      expect(row.split("\t"), row).toHaveLength(3);
    }
  }
});
