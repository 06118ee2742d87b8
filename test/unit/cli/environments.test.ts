import { expect, test } from "vitest";
import { listText } from "../../../server/src/cli/commands/environments.ts";
import type { EnvironmentInfo } from "../../../server/src/protocol/index.ts";

const commit = "0123456789abcdef0123";

function environment(name: string, more: Partial<EnvironmentInfo> = {}): EnvironmentInfo {
  const trees = { "freebsd-ports": { commit, dirty: true }, DeltaPorts: { commit, dirty: true } };
  const root = `/var/db/portwright/environments/${name}`;
  return { ...{ name, kind: "bwrap", target: "@2026Q3", root, createdAt: 0, trees }, ...more };
}

test("a list of environments cuts off their folders before what is amiss with them, and tells each trouble once", () => {
  const problem = "its composed tree is gone: `portwright env update NAME`";
  const list = [environment("one", { problem }), environment("two", { problem }), environment("three")];
  const lines = listText(list, 100).split("\n");
  expect(lines[1]).toMatch(/^one +bwrap .* 0123456789 moved on +0123456789 edited +\/var\S*…$/);
  expect(lines.slice(4)).toEqual([`one, two: ${problem}`, ""]);
  expect(listText([], 100)).toBe("no environments\n");
});
