import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { branchName, branchStem } from "../../../server/src/delivery/names.ts";

const at = Date.UTC(2026, 0, 31, 23, 59, 59, 123);

test("a branch is named after the port, its flavor and the time in UTC", () => {
  const stem = branchStem("agentic", { origin: "devel/foo", flavor: "py311" });
  expect(branchName(stem, at, [])).toBe("agentic/devel/foo@py311-20260131T235959Z");
  const plain = branchStem("agentic", { origin: "devel/foo", flavor: "" });
  const first = branchName(plain, at, []);
  expect(branchName(plain, at, [first, `${first}-2`])).toBe(`${first}-3`);
});

test("git takes the name for any port, and no pattern is in it", () => {
  const names = fc.stringMatching(/^[A-Za-z0-9_.+-]{1,12}$/);
  const odd = fc.constantFrom("a..b", ".a", "a.lock", "-a", "a.", "..a", "a.lock.lock");
  const name = fc.oneof(names, odd);
  const flavor = fc.oneof(
    fc.constant(""),
    fc.string(),
    fc.constantFrom("*", "a b", "@{u}", "x\n", "..", "~1"),
  );
  fc.assert(
    fc.property(name, name, flavor, (category, port, flavor) => {
      const stem = branchStem("agentic", { origin: `${category}/${port}`, flavor });
      const branch = branchName(stem, at, []);
      expect(spawnSync("git", ["check-ref-format", `refs/heads/${branch}`]).status, branch).toBe(0);
      expect(stem).toMatch(/^[\w./+@-]+$/);
    }),
    { numRuns: 150 },
  );
});
