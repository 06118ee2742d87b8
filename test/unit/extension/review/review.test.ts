import { describe, expect, it } from "vitest";
import { Review } from "../../../../extension/src/review/review.ts";
import type { ReviewHunk } from "../../../../server/src/protocol/index.ts";

const hunk = (number: number, newStart: number, newLines: number): ReviewHunk => ({
  ...{ number, newStart, newLines, oldStart: newStart + 10, oldLines: 1, text: "" },
});
const sha256 = "a".repeat(64);
const makefile = "ports/devel/foo/Makefile.DragonFly";
const review = () =>
  new Review(
    { builder: "local", caseId: "c1" },
    {
      ...{ sha256, proved: true, problem: null },
      files: [
        {
          ...{ path: makefile, status: "modified", original: sha256, patched: sha256 },
          hunks: [hunk(1, 3, 4), hunk(2, 20, 0)],
        },
        {
          path: "ports/devel/foo/x",
          status: "deleted",
          original: sha256,
          patched: null,
          hunks: [hunk(1, 0, 0)],
        },
      ],
    },
  );

describe("a review", () => {
  it("drops hunks and keeps them again, and tells of each change once", () => {
    const one = review();
    let changes = 0;
    one.onChange(() => {
      changes += 1;
    });
    one.setDropped({ path: makefile, hunk: 2 }, true);
    one.setDropped({ path: makefile, hunk: 2 }, true);
    one.setDropped({ path: "ports/devel/foo/x", hunk: 1 }, true);
    expect(one.dropped).toEqual([
      { path: makefile, hunk: 2 },
      { path: "ports/devel/foo/x", hunk: 1 },
    ]);
    one.setDropped({ path: makefile, hunk: 2 }, false);
    expect(one.dropped).toEqual([{ path: "ports/devel/foo/x", hunk: 1 }]);
    expect(one.isDropped({ path: makefile, hunk: 1 })).toBe(false);
    expect(changes).toBe(3);
  });

  it.each([
    [1, 1],
    [3, 1],
    [6, 1],
    [12, 1],
    [14, 2],
    [20, 2],
    [99, 2],
  ])("line %i of the patched file belongs to hunk %i", (line, number) => {
    expect(review().hunkAt(makefile, "patched", line)).toEqual({ path: makefile, hunk: number });
  });

  it("counts the lines of the side that is looked at, and knows no hunk of another file", () => {
    expect(review().hunkAt(makefile, "original", 14)).toEqual({ path: makefile, hunk: 1 });
    expect(review().hunkAt("ports/devel/foo/y", "patched", 1)).toBeNull();
  });
});
