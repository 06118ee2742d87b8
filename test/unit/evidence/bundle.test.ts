import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { intakeBundle } from "../../../server/src/evidence/bundle.ts";
import { readBundle, readBundleFile } from "../../../server/src/evidence/bundleFolder.ts";
import { EvidenceError } from "../../../server/src/evidence/errors.ts";
import { dsynthLog } from "./distill/frames.ts";

const LOG = dsynthLog("build", "a.c:1:10: fatal error: 'x.h' file not found\n*** Error code 1\n\nStop.");
const META =
  "schema=1\norigin=devel/sample\nflavor=py311\npkgname=py311-sample-1.0.pkg\nphase=build\nlog_state=kept\ncut=\n";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bundle-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

test("a whole bundle is read, distilled, and has no problems", async () => {
  await put("meta.txt", META);
  await put("logs/full.log.gz", gzipSync(LOG));
  await put("port/Makefile", "PORTNAME=\tsample\n");
  await put("port/files/patch-a", "x");
  await put("options/options", "");
  const bundle = await intakeBundle(folder);
  expect(bundle).toMatchObject({
    meta: { origin: "devel/sample", flavor: "py311" },
    distillation: { classification: "compile-error", phase: "build", outcome: "failed" },
    log: { bytes: LOG.length, sha256: expect.stringMatching(/^[\da-f]{64}$/) },
    portFiles: [
      { path: "port/Makefile", bytes: 17 },
      { path: "port/files/patch-a", bytes: 1 },
    ],
    optionFiles: [{ path: "options/options" }],
    problems: [],
  });
  expect(readBundleFile(folder, "port/Makefile").toString()).toContain("sample");
});

describe("damage is told, never thrown", () => {
  test("no log, no meta", async () => {
    await put("port/Makefile", "");
    const bundle = await intakeBundle(folder);
    expect(bundle).toMatchObject({
      log: null,
      meta: {},
      distillation: { classification: "unknown", cause: null },
    });
    expect(bundle.problems.join("\n")).toMatch(/meta\.txt[\s\S]*there is no log/);
  });

  test.each([
    ["cut short", gzipSync(LOG).subarray(0, -12)],
    ["with a broken middle", Buffer.concat([gzipSync(LOG).subarray(0, 40), Buffer.alloc(300, 7)])],
  ])("gzip %s", async (_name, bytes) => {
    await put("meta.txt", META);
    await put("logs/full.log.gz", bytes);
    const bundle = await intakeBundle(folder);
    expect(bundle.problems).toEqual([expect.stringContaining("the log is damaged after")]);
    expect(bundle.distillation.phase).toBe("build");
  });

  test("no full log: the hook's extract serves", async () => {
    await put("meta.txt", META.replace("kept", "missing"));
    await put("logs/errors.txt", LOG);
    const bundle = await intakeBundle(folder);
    expect(bundle.distillation.classification).toBe("compile-error");
    expect(bundle.problems).toHaveLength(2);
  });

  test("links are refused, wherever they stand", async () => {
    await put("meta.txt", META);
    await put("logs/x", "");
    await rm(join(folder, "logs/x"));
    await symlink("/etc/passwd", join(folder, "logs/full.log"));
    await put("port/Makefile", "");
    await symlink("/etc", join(folder, "port/files"));
    const bundle = readBundle(folder);
    expect(bundle.logPath).toBeNull();
    expect(bundle.files.port.map(({ path }) => path)).toEqual(["port/Makefile"]);
    expect(bundle.problems.filter((problem) => problem.includes("link"))).toHaveLength(2);
    for (const path of ["../x", "port/files/passwd", "logs/full.log", "/etc/passwd"]) {
      expect(() => readBundleFile(folder, path), path).toThrow(EvidenceError);
    }
  });

  test("a file over the cap is left out by name", async () => {
    await put("meta.txt", META);
    await put("logs/full.log.gz", gzipSync(LOG));
    await put("port/pkg-plist", Buffer.alloc(1_100_000, 97));
    const bundle = await intakeBundle(folder);
    expect(bundle.portFiles).toEqual([]);
    expect(bundle.problems).toEqual([expect.stringContaining("port/pkg-plist")]);
  });
});

test("an absent folder is an error with a message for a person", async () => {
  await expect(intakeBundle(join(folder, "gone"))).rejects.toMatchObject({
    name: "EvidenceError",
    userMessage: expect.stringContaining("does not exist"),
  });
});
