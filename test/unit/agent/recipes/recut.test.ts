import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyEdits, landmarksOf, placeHunks } from "../../../../server/src/agent/recipes/recut.ts";
import { makeUnified, parseUnified } from "../../../../server/src/agent/recipes/unified.ts";

/** Hunks from lines with their marks. */
const hunk = (...lines: string[]) => [
  { oldStart: 1, lines: lines.map((line) => ({ tag: line[0] as " " | "-" | "+", text: line.slice(1) })) },
];
const source = (text: string): string[] => text.split("\n");
const recut = (text: string, hunks: ReturnType<typeof hunk>): string =>
  applyEdits(source(text), placeHunks(source(text), hunks).edits).join("\n");

describe("placeHunks", () => {
  test("finds a line whose context is all new", () => {
    const hunks = hunk(" old context", "-path = /compat;", "+path = /proc;", " more of it");
    expect(recut("fresh\npath = /compat;\nlines\n", hunks)).toBe("fresh\npath = /proc;\nlines\n");
  });

  test("takes blanks as they come, in the removed line too", () => {
    const hunks = hunk("-\tif (alpha == beta)", "+\tif (alpha != beta)");
    expect(recut("  if (alpha  == beta)\nend", hunks)).toBe("\tif (alpha != beta)\nend");
  });

  test("tells equal lines apart by their context", () => {
    const hunks = hunk(" void second(void)", "-	return value;", "+	return value + 1;");
    const text =
      "void first(void)\n	return value;\n\n\n\n\n\n\n\n\n\n\n\n\nvoid second(void)\n	return value;";
    expect(recut(text, hunks)).toBe(text.replace(/value;$/, "value + 1;"));
  });

  test("does not guess between equal places", () => {
    const placement = placeHunks(source("counter++;\nx\ncounter++;"), hunk("-counter++;", "+counter--;"));
    expect(placement).toMatchObject({ edits: [], misplaced: [expect.stringContaining("several places")] });
  });

  test("knows what is there already", () => {
    const hunks = hunk(" int main", "-old_call(one);", "+new_call(one);", " done()");
    expect(placeHunks(source("int main\nnew_call(one);\ndone()"), hunks)).toEqual({
      edits: [],
      applied: 1,
      misplaced: [],
    });
  });

  test("knows a widened line by the longer block", () => {
    const hunks = hunk(
      " #include <sys/types.h>",
      "-#include <stdio.h>",
      "+#include <stdio.h>",
      "+#include <errno.h>",
    );
    const applied = "#include <sys/types.h>\n#include <stdio.h>\n#include <errno.h>\n";
    expect(placeHunks(source(applied), hunks)).toMatchObject({ edits: [], applied: 1 });
    expect(recut("#include <sys/types.h>\n#include <stdio.h>\n", hunks)).toBe(applied);
  });

  test("puts an addition beside its nearest telling line", () => {
    const hunks = hunk(" #include <stdio.h>", "+#include <sys/param.h>", " #include <gone.h>");
    expect(recut("#include <stdlib.h>\n#include <stdio.h>\n\nint x;", hunks)).toBe(
      "#include <stdlib.h>\n#include <stdio.h>\n#include <sys/param.h>\n\nint x;",
    );
  });

  test("refuses an addition that only braces would place", () => {
    const placement = placeHunks(
      source("a()\n{\n}\nb()\n{\n}"),
      hunk(" {", "+	prepare_everything();", " }"),
    );
    expect(placement.misplaced).toHaveLength(1);
  });

  test("says which line is gone", () => {
    const placement = placeHunks(source("nothing of it"), hunk("-removed_long_ago(1);", "+x"));
    expect(placement.misplaced).toEqual(['the line "removed_long_ago(1);" is not in the source any more']);
  });

  test("takes a removal that upstream made too as applied", () => {
    expect(placeHunks(source("a line\nb line"), hunk(" a line", "-unwanted_include <x.h>"))).toMatchObject({
      applied: 1,
    });
  });

  test("makes the same text as the diff wherever other lines moved", () => {
    const word = fc.stringMatching(/^[a-z]{6,10}$/);
    const lines = fc.uniqueArray(word, { minLength: 6, maxLength: 20 });
    fc.assert(
      fc.property(lines, fc.nat(), word, fc.nat(40), (before, index, replacement, shift) => {
        fc.pre(!before.includes(replacement));
        const at = index % before.length;
        const after = before.with(at, replacement);
        const diff = makeUnified("f", "f", `${before.join("\n")}\n`, `${after.join("\n")}\n`);
        const hunks = parseUnified(diff)?.[0]?.hunks ?? [];
        const moved = [...Array.from({ length: shift }, (_, number) => `other${number}`), ...before];
        const placement = placeHunks(moved, hunks);
        expect(placement.misplaced).toEqual([]);
        expect(applyEdits(moved, placement.edits).slice(shift)).toEqual(after);
        expect(placeHunks(after, hunks)).toEqual({ edits: [], applied: 1, misplaced: [] });
      }),
    );
  });
});

test("landmarks are the lines that a search finds the changes by", () => {
  const hunks = hunk(
    " context above",
    "-	short;",
    "-	the_longest_removed_line();",
    "+	added_line();",
    " {",
    "+only_added();",
    " telling below",
  );
  expect(landmarksOf(hunks)).toEqual([
    "the_longest_removed_line();",
    "added_line();",
    "only_added();",
    "context above",
    "telling below",
  ]);
});
