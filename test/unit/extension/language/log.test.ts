import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { locateFindings } from "../../../../extension/src/language/log/findings.ts";
import { sourcePlaces } from "../../../../extension/src/language/log/places.ts";
import { logPhases } from "../../../../extension/src/language/log/structure.ts";
import { languageOf } from "../../../../extension/src/language/names.ts";
import type { Diagnosis, Finding } from "../../../../server/src/protocol/index.ts";

const rule = "-".repeat(80);
const dsynth = [
  ...[rule, "-- Phase: configure", rule, "checking for cc... yes", "configure: error: is not one", ""],
  ...["SUCCEEDED 00:00:01", "", rule, "-- Phase: build", rule, "===>  Building for a-1.0", "cc -c a.c"],
  ...["a.c:3:5: error: unknown type name 'u_char'", "*** [a.o] Error code 1", "FAILED 00:00:02", "", rule],
];

describe("the phases of a log", () => {
  it("are those of the builder's headings, with their errors and the one that failed", () => {
    expect(logPhases(dsynth)).toEqual([
      {
        ...{ name: "configure", first: 1, last: 6, failed: false },
        errors: [{ line: 4, text: "configure: error: is not one" }],
      },
      {
        ...{ name: "build", first: 9, last: 15, failed: true },
        errors: [
          { line: 13, text: "a.c:3:5: error: unknown type name 'u_char'" },
          { line: 14, text: "*** [a.o] Error code 1" },
        ],
      },
    ]);
  });

  it("are poudriere's too", () => {
    const lines = [
      "=======================<phase: stage          >====",
      "x",
      "====<phase: package >====",
      "y",
    ];
    expect(logPhases(lines).map(({ name, first, last }) => [name, first, last])).toEqual([
      ["stage", 0, 1],
      ["package", 2, 3],
    ]);
  });

  it("are what the framework announces where no builder does, a phase that goes on being one", () => {
    const lines = [
      "===>  Patching for a-1",
      "===>  Applying ports patches for a-1",
      "===>  Building for a-1",
      "cc",
    ];
    expect(logPhases(lines).map(({ name, first, last }) => [name, first, last])).toEqual([
      ["patch", 0, 1],
      ["build", 2, 3],
    ]);
  });

  it("lie one behind the other within any text", () => {
    const line = fc.oneof(fc.constantFrom(...dsynth), fc.string());
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        let end = -1;
        for (const { first, last, errors } of logPhases(lines)) {
          expect(first).toBeGreaterThan(end);
          expect(last).toBeGreaterThanOrEqual(first);
          for (const error of errors) expect(error.line > first && error.line <= last).toBe(true);
          end = last;
        }
        expect(end).toBeLessThan(Math.max(lines.length, 1));
      }),
    );
  });
});

it.each<[string, string, number]>([
  ["a.c:10:6: error: no", "a.c", 10],
  ["In file included from ../lib/x.h:3,", "../lib/x.h", 3],
  ["CMake Error at CMakeLists.txt:12 (find_package):", "CMakeLists.txt", 12],
  ['  File "/usr/local/lib/setup.py", line 7, in <module>', "/usr/local/lib/setup.py", 7],
  ['bmake: "/work/a/Makefile" line 3: Invalid line', "/work/a/Makefile", 3],
])("%s leads to a place", (text, path, sourceLine) => {
  const [place, ...others] = sourcePlaces(["", text]);
  expect(others).toEqual([]);
  expect(place).toMatchObject({ line: 1, path, sourceLine });
  expect(text.slice(place?.start, place?.end)).toContain(path);
});

it.each(["checking at 10:20:30: yes", "https://example.org:443/x", "cc -O2 -c a.c -o a.o", ""])(
  "%j leads nowhere",
  (text) => expect(sourcePlaces([text])).toEqual([]),
);

it("bounds what is shown of a log: its phases, errors, places, and how long a line may be", () => {
  expect(logPhases(Array.from({ length: 1000 }, (_, n) => `-- Phase: p${n}`))).toHaveLength(200);
  const [{ errors } = { errors: [] }] = logPhases([
    "-- Phase: build",
    ...Array<string>(5000).fill(`error: ${"x".repeat(9000)}`),
  ]);
  expect(errors.map(({ text }) => text.length)).toEqual(Array(100).fill(2000));
  expect(sourcePlaces([`${"x".repeat(2000)} a.c:1: error`])).toEqual([]);
  expect(sourcePlaces(Array<string>(6000).fill("a.c:1: error"))).toHaveLength(5000);
});

describe("what a diagnosis found", () => {
  const text = Buffer.from("one\ntwo error\nthree\nfour error\nmake stops\n");
  const finding = (word: string, role: Finding["role"]): Finding =>
    ({
      ...({ kind: "compile-error", phase: "build", excerpt: "", captures: {}, score: 1 } as object),
      ...{ text: word, role, offset: text.indexOf(word) },
    }) as Finding;
  const [two, four, stop] = [
    finding("two", "primary"),
    finding("four", "secondary"),
    finding("make stops", "terminal"),
  ];
  const diagnosis = { cause: two, findings: [stop, four, two] } as Diagnosis;

  it("stands on its lines, in their order, without the news that the build stopped", () => {
    expect(locateFindings(diagnosis, text, 0)).toEqual([
      { line: 1, isLesser: false, finding: two },
      { line: 3, isLesser: true, finding: four },
    ]);
  });

  it("is counted from the first line of a part, and left out beyond it", () => {
    const from = text.indexOf("three");
    expect(locateFindings(diagnosis, text.subarray(from), from)).toEqual([
      { line: 1, isLesser: true, finding: four },
    ]);
    expect(locateFindings(diagnosis, text.subarray(0, 3), 0)).toEqual([]);
  });

  it("tells of the stop where it is all that is known", () => {
    expect(locateFindings({ ...diagnosis, cause: stop, findings: [stop] }, text, 0)).toEqual([
      { line: 4, isLesser: false, finding: stop },
    ]);
  });
});

it.each([
  ["/devel/foo.log", "build-log"],
  ["/bundle/c/b/logs/errors.txt", "build-log"],
  ["/port/Makefile", "ports-makefile"],
  ["/port/Makefile.DragonFly", "ports-makefile"],
  ["/port/Makefile.am", undefined],
  ["/env/mine/work/obj/foo/Makefile", undefined],
  ["/port/files/patch-src_a.c", "diff"],
  ["/port/pkg-plist", undefined],
])("%s is of language %s", (path, language) => expect(languageOf(path)).toBe(language));
