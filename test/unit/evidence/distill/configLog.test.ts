import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { intakeBundle } from "../../../../server/src/evidence/bundle.ts";
import { sliceConfigLog } from "../../../../server/src/evidence/distill/distill.ts";
import { dsynthLog } from "./frames.ts";

const CONFIG_LOG = `This file contains any messages produced by compilers while running configure.
configure:2901: checking for gcc
configure:2922: result: cc
configure:3210: checking whether the C compiler works
configure:3232: cc -O2 -pipe -L/usr/local/lib  conftest.c -lexotic >&5
ld: error: unable to find library -lexotic
cc: error: linker command failed with exit code 1 (use -v to see invocation)
configure:3236: $? = 1
configure:3274: result: no
configure: failed program was:
| /* confdefs.h */
| #define PACKAGE_NAME "sample"
configure:3279: error: in '/construction/devel/sample/sample-1.0':
configure:3281: error: C compiler cannot create executables
See 'config.log' for more details

## ---------------- ##
## Cache variables. ##
## ---------------- ##
`;
const LOG = dsynthLog(
  "configure",
  "checking whether the C compiler works... no\nconfigure: error: in `/construction/devel/sample/sample-1.0':\nconfigure: error: C compiler cannot create executables\nSee `config.log' for more details\n*** Error code 1\n\nStop.",
);

const sliced = (text: string) => sliceConfigLog(Readable.from([Buffer.from(text)]));

test("a slice is the last check, what it ran into, and the stop; never the tried program", async () => {
  const slice = await sliced(CONFIG_LOG);
  expect(slice).toMatchObject({
    check: "the C compiler works",
    message: "C compiler cannot create executables",
    reason: { kind: "library-missing", captures: { library: "exotic" }, line: 6 },
  });
  expect(slice?.lines[0]).toMatchObject({ line: 4 });
  expect(slice?.lines.at(-1)).toMatchObject({ line: 14 });
  expect(slice?.lines.some(({ text }) => text.includes("PACKAGE_NAME"))).toBe(false);
});

test("a log of a script that did not stop has none, and a huge check stays bounded", async () => {
  expect(await sliced(CONFIG_LOG.replace(/.*: error: C compiler.*/, ""))).toBeNull();
  const huge = await sliced(
    CONFIG_LOG.replace("configure:3236", `${"noise\n".repeat(100_000)}configure:3236`),
  );
  expect(huge?.lines.length).toBeLessThanOrEqual(40);
});

test.each([true, false])(
  "a bundle's config.log is read, packed or not (%s), and quoted with its reason",
  async (packed) => {
    const folder = await mkdtemp(join(tmpdir(), "config-log-"));
    try {
      await mkdir(join(folder, "logs"));
      await writeFile(join(folder, "meta.txt"), "schema=1\norigin=devel/sample\nphase=configure\n");
      await writeFile(join(folder, "logs/full.log"), LOG);
      const without = await intakeBundle(folder);
      expect(without.distillation).toMatchObject({ classification: "configure-error", confidence: "low" });
      expect(without.distillation.reason).toContain("stands in config.log");

      const [name, bytes] = packed ? ["config.log.gz", gzipSync(CONFIG_LOG)] : ["config.log", CONFIG_LOG];
      await writeFile(join(folder, "logs", name), bytes);
      const { distillation, problems } = await intakeBundle(folder);
      expect(problems).toEqual([]);
      expect(distillation).toMatchObject({ classification: "configure-error", confidence: "medium" });
      expect(distillation.reason).toContain('line 6 there says "ld: error: unable to find library -lexotic"');
      expect(distillation.extract).toContain("config.log:\n");
      expect(distillation.extract).toContain("  6| ld: error: unable to find library -lexotic");
      // A builder that still has the file must not make another failure of it.
      expect(distillation.signature).toEqual(without.distillation.signature);
      expect(Buffer.byteLength((await intakeBundle(folder, 900)).distillation.extract)).toBeLessThanOrEqual(
        900,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
