import { afterAll, expect, test } from "vitest";
import { portsDocument } from "../../../server/src/language/document.ts";
import { hoverAt } from "../../../server/src/language/hover.ts";
import { lensesOf } from "../../../server/src/language/lenses.ts";
import { linksIn } from "../../../server/src/language/links.ts";
import { symbolsIn } from "../../../server/src/language/symbols.ts";
import { sampleResult } from "../../fixtures/states/entities.ts";
import { createDesk, write } from "./sample.ts";

const desk = createDesk();
afterAll(() => desk[Symbol.dispose]());
desk.fail([{ kind: "compile-error" }], { diffSha256: "0".repeat(64), flavor: "" });
desk.knowledge.store.append([
  {
    type: "result/recorded",
    payload: sampleResult({ kind: "failed", pkgname: "one-2.0.pkg", at: 86_400_000 }),
  },
]);

const makefile = "PORTNAME=\tone\nUSES=\tgmake\nRUN_DEPENDS=\ttwo:devel/two\n\npost-install:\n\t@true\n";

async function open(uri: string, text: string) {
  const document = await portsDocument(uri, text, desk.knowledge);
  if (document === null) throw new Error(`${uri} is no port's file`);
  return document;
}

async function hovered(line: number, character: number, text = makefile): Promise<string | null> {
  const document = await open("file:///p/ports/devel/one/Makefile", text);
  const hover = await hoverAt(document, { line, character }, desk.knowledge);
  return hover && (hover.contents as { value: string }).value;
}

test("hovering the port's name tells how it stands on each target", async () => {
  expect(await hovered(0, 10)).toBe(
    "**devel/one**\n\n* @main: case open \\(compile\\-error in build\\); last failed 1970\\-01\\-02 as one\\-2.0; no success in the newest runs",
  );
});

test("hovering a dependency, a word of USES and a variable", async () => {
  expect(await hovered(2, 20)).toBe("**devel/two**\n\nNo run that is known here built it.");
  expect(await hovered(1, 7)).toBe(
    "**USES=gmake**\n\n```text\nBuilds with GNU make.\n\nUsage:\tUSES=gmake\n```",
  );
  expect(await hovered(1, 2)).toMatch(/^\*\*USES\*\*: Features/);
  expect(await hovered(5, 3)).toBeNull();
  expect(await hovered(99, 3)).toBeNull();
});

test("what a tree says cannot end the block that quotes it", async () => {
  write(desk.folder, "freebsd-ports/Mk/Uses/odd.mk", "# ```\n# [x](command:evil)\n");
  expect(await hovered(0, 6, "USES=\todd\nPORTNAME=x\n")).toBe(
    "**USES=odd**\n\n````text\n```\n[x](command:evil)\n````",
  );
});

test("a makefile of an open case has lenses with the case's id", async () => {
  const lenses = lensesOf(await open("file:///p/ports/devel/one/Makefile", makefile), desk.knowledge);
  expect(lenses.map(({ command }) => command?.command)).toEqual([
    "portwright.patch",
    "portwright.openLog",
    "portwright.openDiff",
  ]);
  expect(lenses[0]?.command?.arguments).toEqual([{ kind: "case", caseId: "case-1" }]);
  const other = await open("file:///p/ports/devel/two/Makefile", makefile);
  expect(lensesOf(other, desk.knowledge)).toEqual([]);
});

test.each([
  ["file:///p/ports/devel/one/Makefile", "file:///p/ports/devel/two/Makefile"],
  [
    "portwright://b/env/n/work/freebsd-ports/devel/one/Makefile",
    "portwright://b/env/n/work/freebsd-ports/devel/two/Makefile",
  ],
  [
    "portwright://b/env/n/work/DeltaPorts/ports/devel/one/Makefile.DragonFly",
    "portwright://b/env/n/work/freebsd-ports/devel/two/Makefile",
  ],
  ["portwright://b/devel/one/port/Makefile", undefined],
  ["file:///p/DeltaPorts/ports/devel/one/Makefile.DragonFly", undefined],
])("dependencies in %s lead to their makefile", async (uri, target) => {
  const [link] = linksIn(await open(uri, makefile), desk.knowledge);
  expect(link?.target).toBe(target);
});

test("headers of a patch lead to the source that it changes", async () => {
  const patch = "--- a.c.orig\n+++ a.c\n@@ -1 +1 @@\n-a\n+b\n";
  const document = await open("file:///p/ports/devel/one/files/patch-a.c", patch);
  const [link] = linksIn(document, desk.knowledge);
  expect(link?.range).toEqual({ start: { line: 1, character: 4 }, end: { line: 1, character: 7 } });
  expect(decodeURIComponent(link?.target ?? "")).toBe(
    'command:portwright.openSource?[{"kind":"case","caseId":"case-1","path":"a.c","line":1}]',
  );
  expect(symbolsIn(document)).toMatchObject([{ name: "a.c", children: [{ name: "Hunk 1" }] }]);
});

test("the outline of a makefile holds its variables and targets", async () => {
  const symbols = symbolsIn(await open("file:///p/ports/devel/one/Makefile", makefile));
  expect(symbols.map(({ name, range }) => `${name} ${range.start.line}-${range.end.line}`)).toEqual([
    "PORTNAME 0-0",
    "USES 1-1",
    "RUN_DEPENDS 2-2",
    "post-install 4-5",
  ]);
});
