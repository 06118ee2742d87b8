import { describe, expect, test } from "vitest";
import { distillText, dsynthLog } from "./frames.ts";

/** Two targets under `bmake -j2`: b.c only prints words, a.c is what fails. */
const BMAKE = `--- b.o ---
cc -c b.c -o b.o
--- a.o ---
cc -c a.c -o a.o
a.c: In function 'f':
--- b.o ---
gen/b.c:7:1: error: expected nothing, going on
--- a.o ---
a.c:9:3: error: 'SO_SETFIB' undeclared (first use in this function)
--- b.o ---
unrelated one
unrelated two
--- a.o ---
    9 |   SO_SETFIB;
      |   ^~~~~~~~~
*** [a.o] Error code 1

bmake[1]: stopped in /construction/devel/sample/sample-1.0/src
bmake[1]: 1 error`;

describe("jobs side by side", () => {
  test("bmake -j: the job that make gives up on wins over an earlier error of another", async () => {
    const found = await distillText(dsynthLog("build", BMAKE));
    expect(found.cause).toMatchObject({ symbol: "SO_SETFIB", file: "a.c" });
    expect(found.reason).toContain("gives up over a.o");
  });

  test("bmake -j: lines about a finding are its own job's", async () => {
    const small = await distillText(dsynthLog("build", BMAKE), { extractBytes: 420 });
    expect(small.extract).toContain("SO_SETFIB;");
    expect(small.extract).toContain("In function 'f'");
    expect(small.extract).not.toContain("unrelated");
  });

  test("bmake names the folder in which it stopped", async () => {
    const { findings } = await distillText(dsynthLog("build", BMAKE));
    expect(findings.find(({ captures }) => captures.target === "a.o")?.captures.directory).toBe(
      "/construction/devel/sample/sample-1.0/src",
    );
  });

  test("gmake: a relative file is told with the folder that make was in, also after it left another", async () => {
    const lines = `gmake[1]: Entering directory '/construction/x/lib'
gmake[2]: Entering directory '/construction/x/lib/deep'
gmake[2]: Leaving directory '/construction/x/lib/deep'
main.c:4:2: error: unknown type name 'u_nope'
gmake[1]: *** [Makefile:12: main.o] Error 1
gmake[1]: Leaving directory '/construction/x/lib'`;
    const { cause, findings } = await distillText(dsynthLog("build", lines));
    expect(cause?.captures).toMatchObject({ type: "u_nope", directory: "/construction/x/lib" });
    expect(findings.at(-1)?.captures).toMatchObject({ directory: "/construction/x/lib", status: "1" });
  });

  test.each([
    ["an object of the file", "gmake[2]: *** [Makefile:30: sub/alpha.o] Error 1"],
    ["an automake object", "gmake[2]: *** [Makefile:30: libx_la-alpha.lo] Error 1"],
    [
      "a CMake object",
      "gmake[2]: *** [CMakeFiles/x.dir/build.make:76: CMakeFiles/x.dir/sub/alpha.c.o] Error 1",
    ],
  ])("gmake -j: an error in a file is tied to %s", async (_name, stop) => {
    const early = "zeta.c:1:1: error: expected expression";
    const filler = Array.from({ length: 80 }, (_, index) => `cc -c other${index}.c`).join("\n");
    const lines = `${early}\n${filler}\nsub/alpha.c:3:1: error: expected ';' before '}' token\n${stop}`;
    const found = await distillText(dsynthLog("build", lines));
    expect(found.cause?.file).toBe("sub/alpha.c");
  });
});

const NINJA = `[1/9] Building C object a.c.o
old.c:3:1: error: printed by a command that went well
[2/9] Building C object b.c.o
FAILED: src/b.c.o
/usr/bin/cc -DX -c ../src/b.c -o src/b.c.o
In file included from ../src/b.h:4,
                 from ../src/b.c:1:
../src/deep.h:12:3: error: unknown type name 'u_nope'
   12 |   u_nope x;
      |   ^~~~~~
${Array.from({ length: 20 }, (_, index) => `../src/deep.h:12:3: note: line ${index} of a long story`).join("\n")}
the last line of the command
[3/9] Building C object c.c.o
chatter of another command
ninja: build stopped: subcommand failed.`;

describe("ninja", () => {
  test("an error inside a FAILED block wins over one outside", async () => {
    const found = await distillText(dsynthLog("build", NINJA));
    expect(found.cause).toMatchObject({ symbol: "u_nope" });
    expect(found.reason).toContain("ninja says failed");
  });

  test("the whole block is quoted, from its heading to its last line", async () => {
    const { extract } = await distillText(dsynthLog("build", NINJA));
    expect(extract).toContain("FAILED: src/b.c.o");
    for (let index = 0; index < 20; index++) expect(extract).toContain(`line ${index} of a long story`);
    expect(extract).toContain("the last line of the command");
  });
});

test("one failure has one signature in whatever order its jobs ended", async () => {
  const error = (name: string) =>
    `${name}.c:9:3: error: 'SO_${name}' undeclared (first use in this function)\ngmake[1]: *** [Makefile:5: ${name}.o] Error 1`;
  const log = (...names: string[]) => dsynthLog("build", names.map(error).join("\ncc -c more.c\n"));
  const ids = new Set<string>();
  for (const order of [["a", "b", "c"], ["c", "a", "b"], ["b", "c", "a"], ["a"], ["a", "c"]]) {
    ids.add((await distillText(log(...order))).signature.id);
  }
  expect(ids.size).toBe(1);
  expect(ids).not.toContain((await distillText(log("b", "c"))).signature.id);
});
