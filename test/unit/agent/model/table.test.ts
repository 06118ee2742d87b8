import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { misbehaviours } from "../../../fixtures/model-server/misbehaviours.ts";

const tests = join(import.meta.dirname, "../../..");
const table = readFileSync(join(tests, "fixtures/model-server/README.md"), "utf8");
/** File and title of each line. */
const rows = table.split("\n").flatMap((line) => {
  const [, file = "", title = ""] = /^\| .+ \| .+ \| `([^`]+\.test\.ts)`: (.+) \|$/.exec(line) ?? [];
  return file === "" ? [] : [{ file, title, source: readFileSync(join(tests, file), "utf8") }];
});

test("each line of the table names a test that is there", () => {
  expect(rows.length).toBeGreaterThan(40);
  // Every line but the heading's two is read.
  expect(table.match(/^\|/gm)).toHaveLength(rows.length + 2);
  const missing = rows.filter(({ source, title }) => !source.includes(`"${title}"`));
  expect(missing).toEqual([]);
});

test("each scripted misbehaviour is used by a test that the table names", () => {
  const unused = Object.keys(misbehaviours).filter(
    (name) => !rows.some(({ source }) => source.includes(`"${name}"`)),
  );
  expect(unused).toEqual([]);
});
