import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { Range } from "vscode-languageserver";
import { type PortsDocument, portsDocument } from "../../../server/src/language/document.ts";
import { hoverAt } from "../../../server/src/language/hover.ts";
import { lensesOf } from "../../../server/src/language/lenses.ts";
import { linksIn } from "../../../server/src/language/links.ts";
import { placeOf } from "../../../server/src/language/place.ts";
import { problemsIn } from "../../../server/src/language/problems.ts";
import { symbolsIn } from "../../../server/src/language/symbols.ts";
import { createDesk } from "./sample.ts";

const desk = createDesk();
afterAll(() => desk[Symbol.dispose]());
const captures = { patch: "patch-x", hunk: "1,2,99999999999,x", file: "a.c", path: "bin/x" };
desk.fail(
  ["patch-hunk-failed", "patch-malformed", "plist-missing", "plist-orphaned", "gnu-makefile"].map((kind) => ({
    ...{ kind, captures },
  })),
  { classification: "build-system-error" },
);

const names = ["Makefile", "Makefile.DragonFly", "distinfo", "pkg-plist", "files/patch-x"];
/** Pieces that the readers look for, so that chance meets them. */
const pieces = fc.constantFrom(
  ...[
    "PORTNAME=\t",
    "USES=",
    "=+",
    "+=",
    "\\\n",
    "\n",
    "\r\n",
    "\t",
    "    ",
    ".if ",
    ".endif",
    ".for",
    `\${`,
    "}",
  ],
  ...[
    "X_DEPENDS=",
    "a:devel/old@x",
    ":",
    "#",
    "all:",
    "--- a.c\n+++ a.c\n",
    "@@ -1,2 +1 @@\n",
    "+",
    "-",
    " ",
  ],
  ...[
    "%%X%%",
    "%%DOCSDIR%%/",
    "/usr/local/",
    "@sample ",
    "bin/x",
    "SIZE (a) = ",
    "SHA256 (a) = ",
    "é",
    "😀",
    "`",
  ],
);
const text = fc.oneof(
  fc.array(fc.oneof(pieces, fc.string({ maxLength: 6 })), { maxLength: 60 }).map((all) => all.join("")),
  fc.string({ unit: "binary", maxLength: 300 }),
);

function expectInside({ start, end }: Range, { lines }: PortsDocument): void {
  for (const { line, character } of [start, end]) {
    expect(line).toBeLessThan(lines.length);
    expect(line).toBeGreaterThanOrEqual(0);
    expect(character).toBeLessThanOrEqual(lines[line]?.length ?? -1);
    expect(character).toBeGreaterThanOrEqual(0);
  }
  expect(end.line > start.line || (end.line === start.line && end.character >= start.character)).toBe(true);
}

test.each(names)(
  "no text of a %s makes a feature fail, and all that is told lies inside it",
  async (name) => {
    await fc.assert(
      fc.asyncProperty(text, fc.nat(70), fc.nat(40), async (content, line, character) => {
        const document = await portsDocument(`file:///p/ports/devel/one/${name}`, content, desk.knowledge);
        if (document === null) throw new Error("devel/one is a port");
        const problems = await problemsIn(document, desk.knowledge);
        const symbols = symbolsIn(document);
        const hover = await hoverAt(document, { line, character }, desk.knowledge);
        const ranges = [
          ...problems.flatMap(({ range, fixes }) => [
            range,
            ...fixes.flatMap(({ edits }) => edits.map((edit) => edit.range)),
          ]),
          ...symbols.flatMap(({ range, selectionRange, children = [] }) => [
            range,
            selectionRange,
            ...children.map((one) => one.range),
          ]),
          ...linksIn(document, desk.knowledge).map(({ range }) => range),
          ...lensesOf(document, desk.knowledge).map(({ range }) => range),
          ...(hover?.range ? [hover.range] : []),
        ];
        for (const range of ranges) expectInside(range, document);
      }),
      { numRuns: 300 },
    );
  },
);

test("no address makes the reading of it fail", () => {
  fc.assert(
    fc.property(fc.oneof(fc.webUrl(), fc.string({ unit: "binary" })), (uri) => {
      for (const name of ["", "/Makefile", "/%E0%A4%A/Makefile", "/../Makefile"]) {
        const origin = placeOf(`${uri}${name}`)?.origin;
        if (origin === undefined) continue;
        expect(origin).toMatch(/^[^/]+\/[^/]+$/);
        expect(origin.split("/")).not.toContain("..");
      }
    }),
  );
});

test("texts that a person did not write take no time worth speaking of", async () => {
  const hostile = [
    "A=".repeat(900_000),
    `\${`.repeat(900_000),
    `USES=${`\${x:`.repeat(400_000)}`,
    "\t\\\n".repeat(49_000),
    "%%A%%".repeat(300_000),
  ];
  for (const content of hostile)
    for (const name of names) expect(await desk.problems(`ports/devel/one/${name}`, content)).toBeDefined();
  expect(
    await portsDocument("file:///p/ports/devel/one/Makefile", "x".repeat(3_000_000), desk.knowledge),
  ).toBeNull();
});
