import { expect, test } from "vitest";
import { fill } from "../../../server/src/environments/template.ts";

test("a word's names are filled once, and what is no name of ours stays", () => {
  expect(fill("--root={root}/{name}", { root: "/a/{name}", name: "one" })).toBe("--root=/a/{name}/one");
  expect(fill("{constructor} {toString} {other}", { name: "one" })).toBe("{constructor} {toString} {other}");
});
