import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { blobPath } from "../../../server/src/store/blobs.ts";
import { createBench, origin, smallFix } from "../delivery/bench.ts";
import { makeSandbox } from "./portwright.ts";

test("a proof is shown, checked, exported for a stranger, and known to be spoiled", async () => {
  await using sandbox = await makeSandbox();
  const bench = await createBench(sandbox.folder);
  const log = await bench.store.blobs.put(Buffer.from("a log\n"));
  const proof = await bench.accept(smallFix(bench.repository), {
    proof: {
      baseline: { phase: "build", signature: "aaaa", logSha256: log },
      build: { phase: null, passed: true, logSha256: log },
      ...{ environment: "ssh", farKind: "bwrap" },
    },
  });
  bench.store.close();
  const config = { evidence: join(sandbox.folder, "evidence") };
  await writeFile(join(sandbox.stateDir, "portwright.json"), JSON.stringify(config));
  expect(await sandbox.run(["serve"])).toMatchObject({ code: 0, stderr: "" });

  const shown = await sandbox.run(["proof", "show", origin]);
  expect(shown).toMatchObject({ code: 0, stdout: expect.stringMatching(/verdict +proved/) });
  expect(shown.stdout).toMatch(/environment +ssh \(bwrap\)/);
  expect(await sandbox.run(["proof", "verify", proof.id])).toMatchObject({ code: 0, stderr: "" });
  const rebuilt = await sandbox.run(["proof", "verify", proof.id, "--rebuild"]);
  expect(rebuilt).toMatchObject({ code: 1, stderr: expect.stringContaining("no trees are configured") });

  const folder = join(sandbox.folder, "exported");
  expect(await sandbox.run(["proof", "export", origin, folder])).toMatchObject({ code: 0, stderr: "" });
  const sums = execFileSync("sha256sum", ["-c", "SHA256SUMS"], { cwd: folder, encoding: "utf8" });
  expect(sums).toMatch(/fix\.diff: OK/);
  expect(readFileSync(join(folder, "README.md"), "utf8")).toContain("of kind ssh (bwrap) by bsd-make");
  expect(JSON.parse(readFileSync(join(folder, "record.json"), "utf8"))).toMatchObject({ farKind: "bwrap" });
  const again = await sandbox.run(["proof", "export", origin, folder]);
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("is there already") });

  await rm(blobPath(join(sandbox.stateDir, "blobs"), proof.diffSha256));
  const spoiled = await sandbox.run(["proof", "verify", origin]);
  expect(spoiled).toMatchObject({ code: 1, stderr: expect.stringContaining("does not hold: the diff") });
});
