import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EvidenceError } from "../../../server/src/evidence/errors.ts";
import { importSource, listSources } from "../../../server/src/evidence/import.ts";
import { openLog } from "../../../server/src/evidence/log.ts";
import { parseLabels, scoreCorpus } from "../../../server/src/evidence/score.ts";
import { dsynthLog, poudriereLog } from "./distill/frames.ts";

const ERROR = "a.c:1:10: fatal error: 'x.h' file not found";
const STOP = "*** Error code 1\n\nStop.";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "import-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

test("logs, packed logs and bundles are found; a builder's run-wide lists are not", async () => {
  await put("02_failure_list.log", "x");
  await put("devel___sample@py311.log", dsynthLog("build", `${ERROR}\n${STOP}`));
  await put("sample-1.0.log.gz", gzipSync(poudriereLog("build", `${ERROR}\n${STOP}`)));
  await put("deep/er/odd name.txt", `${ERROR}\n${STOP}`);
  await put("notes.md", "x");
  await put("kept/meta.txt", "origin=www/kept\nflavor=\npkgname=kept-1\nphase=build\n");
  await put("kept/logs/full.log.gz", gzipSync(ERROR));
  const items = await Promise.all((await listSources(folder)).map(importSource));
  expect(items.map(({ origin, flavor, source }) => [source.kind, origin, flavor])).toEqual([
    ["log", "imported/odd_name", ""],
    ["log", "devel/sample", "py311"],
    ["bundle", "www/kept", ""],
    ["log", "devel/sample", ""],
  ]);
  for (const item of items) {
    expect(item.distillation.cause?.captures.header).toBe("x.h");
    expect(item.problems).toEqual([]);
  }
});

test("one file, and what cannot be imported", async () => {
  await put("any.thing", ERROR);
  expect(await listSources(join(folder, "any.thing"))).toEqual([
    { kind: "log", path: join(folder, "any.thing") },
  ]);
  await expect(listSources(join(folder, "gone"))).rejects.toThrow(EvidenceError);
  await expect(importSource({ kind: "log", path: join(folder, "gone") })).rejects.toThrow(EvidenceError);
});

test("a log that unpacks to more than the limit is cut, and says so", async () => {
  await put("bomb.log.gz", gzipSync(Buffer.alloc(50_000_000)));
  const reading = await openLog(join(folder, "bomb.log.gz"), { maxBytes: 1_000_000 });
  let bytes = 0;
  for await (const chunk of reading.chunks) bytes += chunk.length;
  expect(bytes).toBe(1_000_000);
  expect(reading.problems).toEqual([expect.stringContaining("longer than 1000000 bytes")]);
});

test("a score counts classes, successes and what was found", async () => {
  await put("good.log", dsynthLog("build", `${ERROR}\n${STOP}`));
  await put("wrong.log", dsynthLog("build", `${ERROR}\n${STOP}`));
  await put("fine.log", dsynthLog("stage", "ok").replace("FAILED", "SUCCEEDED"));
  const label = (file: string, classification: string, substrings: string[], acceptable: string[] = []) =>
    JSON.stringify({
      id: file,
      file,
      classification,
      acceptable,
      root_cause_substrings: substrings,
      excerpt: false,
    });
  const labels = parseLabels(
    [
      label("good.log", "missing-dependency", ["'x.h' file not found"], ["compile-error"]),
      label("wrong.log", "link-error", ["not in the log"]),
      label("fine.log", "success", []),
      label("gone.log", "timeout", []),
    ].join("\n"),
  );
  const results = await Promise.all(
    (await listSources(folder)).map(async (one) => (await importSource(one)).result),
  );
  expect(scoreCorpus(results, labels)).toMatchObject({
    logs: 3,
    classRight: 2,
    byClass: { success: { logs: 1, right: 1 }, "link-error": { logs: 1, right: 0 } },
    findable: 2,
    found: { 8192: 1, 2048: 1, 1024: 1 },
    misses: [{ id: "wrong.log", expected: "link-error", got: "compile-error", notFoundIn: 8192 }],
    unread: ["gone.log"],
  });
  expect(() => parseLabels("{}\n{")).toThrow("line 2");
});
