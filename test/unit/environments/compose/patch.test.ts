import { describe, expect, test } from "vitest";
import { readPatchOutput } from "../../../../server/src/environments/compose/patch.ts";

describe("readPatchOutput", () => {
  test("GNU patch", () => {
    const output = [
      "patching file Makefile",
      "Hunk #2 FAILED at 40.",
      "1 out of 2 hunks FAILED -- saving rejects to file Makefile.rej",
      "patching file 'pkg plist'",
      "Hunk #1 succeeded at 3 with fuzz 1.",
    ].join("\n");
    expect(readPatchOutput(output, "diffs/x.diff")).toEqual({
      files: ["Makefile", "pkg plist"],
      rejects: [{ diff: "diffs/x.diff", file: "Makefile", hunk: 2, text: "Hunk #2 FAILED at 40." }],
    });
  });

  test("BSD patch", () => {
    const output = [
      "Hmm...  Looks like a unified diff to me...",
      "Patching file Makefile using Plan A...",
      "Hunk #1 failed at 12.",
      "1 out of 1 hunks failed--saving rejects to Makefile.rej",
      "Patching file pkg-plist using Plan A...",
      "Ignoring previously applied (or reversed) patch.",
      "Hunk #1 ignored at 1.",
    ].join("\n");
    const { files, rejects } = readPatchOutput(output, "d");
    expect(files).toEqual(["Makefile", "pkg-plist"]);
    expect(rejects.map(({ file, hunk }) => [file, hunk])).toEqual([
      ["Makefile", 1],
      ["pkg-plist", 0],
      ["pkg-plist", 1],
    ]);
  });
});
