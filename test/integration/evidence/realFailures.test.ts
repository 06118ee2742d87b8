import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { distill } from "../../../server/src/evidence/distill/distill.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "real-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Files = Record<string, string>;

/** Runs a shell command in the folder and distils what it really prints. */
async function failure(files: Files, command: string) {
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const child = spawn("sh", ["-c", `exec 2>&1; ${command}`], {
    cwd: folder,
    env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const found = await distill(child.stdout);
  expect(await closed).not.toBe(0);
  return found;
}

const MAKEFILE = "all: prog\n\nprog: main.c\n\tcc -o prog main.c\n";

test.each([
  [
    "header",
    "#include <sys/nothing_np.h>\nint main(void){return 0;}\n",
    "header-missing",
    "compile-error",
    { header: "sys/nothing_np.h", source: "main.c" },
  ],
  [
    "type",
    "u_nothing_t x;\nint main(void){return 0;}\n",
    "unknown-type",
    "compile-error",
    { type: "u_nothing_t", file: "main.c", line: "1" },
  ],
  [
    "identifier",
    "int main(void){return SO_NOTHING;}\n",
    "undeclared",
    "compile-error",
    { symbol: "SO_NOTHING" },
  ],
  [
    "member",
    "struct s {int a;};\nint main(void){struct s v; return v.b;}\n",
    "missing-member",
    "compile-error",
    { member: "b", type: "struct s" },
  ],
  [
    "symbol",
    "int gone(void);\nint main(void){return gone();}\n",
    "undefined-reference",
    "link-error",
    { symbol: "gone" },
  ],
])("bmake and cc: %s", async (_name, source, kind, classification, captures) => {
  const found = await failure({ Makefile: MAKEFILE, "main.c": source }, "bmake");
  expect(found, found.extract).toMatchObject({
    classification,
    outcome: "failed",
    cause: { kind, captures },
  });
});

test("cc: a library that is not there", async () => {
  const found = await failure({ "main.c": "int main(void){return 0;}\n" }, "cc -o p main.c -lnothing_here");
  expect(found.cause).toMatchObject({ kind: "library-missing", captures: { library: "nothing_here" } });
});

test("bmake fed with a GNU makefile", async () => {
  const makefile = "SRCS := $(wildcard *.c)\nifeq ($(OS),x)\nall: a\nendif\n%.o: %.c\n\tcc -c $<\n";
  const found = await failure({ Makefile: makefile }, "bmake");
  expect(found).toMatchObject({ classification: "build-system-error", cause: { kind: "gnu-makefile" } });
  expect(found.cause?.captures).toMatchObject({
    makefile: expect.stringContaining("Makefile"),
    line: expect.any(String),
  });
});

test("bmake: no rule, a missing tool, a missing file of sed", async () => {
  const rule = await failure({ Makefile: "all: parse.h\n" }, "bmake");
  expect(rule.cause).toMatchObject({ kind: "no-rule", captures: { target: "parse.h" } });
  const tool = await failure({ Makefile: "all:\n\tno-such-yacc -d x.y\n" }, "bmake");
  expect(tool).toMatchObject({
    classification: "missing-dep",
    cause: { kind: "tool-missing", captures: { tool: "no-such-yacc" } },
  });
  const sed = await failure({ Makefile: "all:\n\tsed -i.bak -e s/a/b/ gone/conf.c\n" }, "bmake");
  expect(sed.cause).toMatchObject({
    kind: "sed-missing-file",
    captures: { tool: "sed", file: "gone/conf.c" },
  });
});

const PATCH = "--- a.c.orig\t2020-01-01\n+++ a.c\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n";
const APPLY = `echo "===>  Applying dragonfly patches for sample-1.0 from $PWD"
  patch --forward --batch -p0 < patch-a.c || { echo "===>  FAILED Applying dragonfly patch-a.c"; exit 1; }`;

test.each([
  ["a hunk that drifted", { "a.c": "uno\ndue\ntre\n" }, "patch-hunk-failed", { rejects: "a.c.rej" }],
  ["a change already there", { "a.c": "one\nTWO\nthree\n" }, "patch-already-applied", {}],
  ["a file that is gone", {} as Files, "patch-missing-file", {}],
] as const)("patch: %s", async (_name, files, kind, captures) => {
  const found = await failure({ ...files, "patch-a.c": PATCH }, APPLY);
  expect(found, found.extract).toMatchObject({
    classification: "patch-error",
    phase: "patch",
    cause: { kind, captures: { ...captures, patch: "patch-a.c", file: "a.c" } },
  });
});

test("tar and gzip: an archive that is none", async () => {
  const found = await failure(
    { "a.tar.gz": "<html>not found</html>" },
    'echo "===>  Extracting for sample-1.0"; tar -xzf a.tar.gz',
  );
  expect(found).toMatchObject({ classification: "extract-error", cause: { kind: "extract-failed" } });
});

/** Three units that do not compile for reasons of their own, and one that only prints the word error. */
const UNITS: Files = {
  "a.c": "int a(void) { return SO_NOTHING_A; }\n",
  "b.c": "int b(void) { return SO_NOTHING_B; }\n",
  "c.c": "int c(void) { return SO_NOTHING_C; }\n",
  Makefile:
    "all: fine.o c.o b.o a.o\nfine.o:\n\t@echo 'gen.c:1:1: error: only said'; sleep 0.2\na.o: a.c\n\t@cc -c a.c\nb.o: b.c\n\t@cc -c b.c\nc.o: c.c\n\t@cc -c c.c\n",
};

test("bmake and make with many jobs: what failed wins over what was only printed, and signatures agree", async () => {
  const signatures = new Set<string>();
  for (const command of ["bmake -k -j4", "bmake -j4 -k", "make -k -j4", "make -k -j2"]) {
    const found = await failure(UNITS, command);
    expect(found.cause?.captures.symbol, found.extract).toMatch(/^SO_NOTHING_[ABC]$/);
    signatures.add(found.signature.key);
  }
  expect([...signatures]).toEqual(["compile-error | - | undeclared | SO_NOTHING_A"]);
});

test("make in a folder below: the error is told with the folder that make was in", async () => {
  const found = await failure(
    { "main.c": "int main(void){return SO_NOTHING;}\n", Makefile: MAKEFILE },
    "mkdir sub && mv main.c sub/ && cp Makefile sub/ && make -w -C sub",
  );
  expect(found.cause).toMatchObject({ file: "main.c", captures: { directory: join(folder, "sub") } });
});
