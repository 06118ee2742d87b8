import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startForge } from "../../fixtures/forge/server.ts";
import { createBench, folder, origin, runGit, wideFix } from "../delivery/bench.ts";
import { makeSandbox } from "./portwright.ts";

test("an accepted fix is looked at, delivered, listed and taken back", async () => {
  await using sandbox = await makeSandbox();
  const bench = await createBench(sandbox.folder);
  const { repository } = bench;
  const { diffSha256 } = await bench.accept(wideFix(repository));
  bench.store.close();
  const config = {
    evidence: join(sandbox.folder, "evidence"),
    delivery: { repository: "../DeltaPorts", author: "Ann <ann@example.org>" },
  };
  await writeFile(join(sandbox.stateDir, "portwright.json"), JSON.stringify(config));
  expect(await sandbox.run(["serve"])).toMatchObject({ code: 0, stderr: "" });

  const hunks = await sandbox.run(["diff", origin, "--hunks"]);
  expect(hunks.stdout.match(/^ports\S+:\d+$/gm)).toEqual([
    `${folder}/Makefile.DragonFly:1`,
    `${folder}/Makefile.DragonFly:2`,
    `${folder}/dragonfly/patch-new.c:1`,
    `${folder}/dragonfly/patch-old:1`,
  ]);
  const candidate = await sandbox.run(["candidate", origin, "--drop", `${folder}/Makefile.DragonFly:1,2`]);
  expect(candidate).toMatchObject({ code: 1, stderr: expect.stringContaining("no trees are configured") });
  const odd = await sandbox.run(["candidate", origin, "--drop", "Makefile"]);
  expect(odd).toMatchObject({ code: 2, stderr: expect.stringContaining("PATH:N") });

  const preview = await sandbox.run(["deliver", "preview", origin]);
  expect(preview).toMatchObject({ code: 0, stderr: "" });
  expect(preview.stdout).toMatch(
    /the commit that the proof started from\).*deleted +ports.*Portwright-Proof: /s,
  );
  const made = await sandbox.run(["deliver", "apply", origin]);
  const branch = /^branch +(agentic\/\S+)$/m.exec(made.stdout)?.[1] ?? "";
  expect(made.stdout).toContain(`git -C ${repository} push REMOTE ${branch}`);
  expect(runGit(repository, "show", "-s", "--format=%an", branch)).toBe("Ann");
  const listed = await sandbox.run(["deliver", "list", origin, "--json"]);
  expect(JSON.parse(listed.stdout).deliveries).toMatchObject([{ branch, state: "applied" }]);
  const again = await sandbox.run(["deliver", "preview", origin]);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("delivered already") });
  expect(await sandbox.run(["deliver", "undo", origin])).toMatchObject({ code: 0 });
  expect(runGit(repository, "branch", "--list", branch)).toBe("");
  const shown = await sandbox.run(["case", "show", origin]);
  expect(shown.stdout).toMatch(new RegExp(`state +accepted.*diff +${diffSha256}`, "s"));
});

test("a fix is delivered and pushed with a token given by stdin, which is told nowhere", async () => {
  const token = "canary-token-5f1d";
  await using sandbox = await makeSandbox();
  await using forge = await startForge(sandbox.folder, { token });
  const bench = await createBench(sandbox.folder);
  await bench.accept(wideFix(bench.repository));
  bench.store.close();
  const config = {
    evidence: join(sandbox.folder, "evidence"),
    delivery: { repository: "../DeltaPorts", author: "Ann <ann@example.org>", forge: forge.config },
  };
  await writeFile(join(sandbox.stateDir, "portwright.json"), JSON.stringify(config));
  expect(await sandbox.run(["serve"])).toMatchObject({ code: 0, stderr: "" });
  const preview = await sandbox.run(["deliver", "preview", origin]);
  expect(preview.stdout).toContain(`${forge.url}/up/DeltaPorts.git`);
  expect(preview.stdout).toMatch(/draft pull request to master of up\/DeltaPorts at 127\.0\.0\.1:\d+/);
  const early = await sandbox.run(["deliver", "apply", origin, "--push"]);
  expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining("no token for 127.0.0.1") });
  expect(early.stdout).toMatch(/^branch +agentic/);
  const doctor = await sandbox.run(["doctor", "--json"]);
  expect(doctor.stdout).toContain("FORGE_TOKEN is not set");
  const set = await sandbox.run(["models", "set-key", "FORGE_TOKEN"], `${token}\n`);
  expect(set).toMatchObject({ code: 0 });
  const pushed = await sandbox.run(["deliver", "apply", origin, "--push"]);
  expect(pushed).toMatchObject({ code: 0 });
  expect(pushed.stdout).toMatch(/pull request +http:\S+\/pulls\/1 \(open\)/);
  const again = await sandbox.run(["deliver", "push", origin, "--json"]);
  expect(JSON.parse(again.stdout).delivery.pullRequest).toMatchObject({ number: 1 });
  const undone = await sandbox.run(["deliver", "undo", origin]);
  expect(undone.stdout).toMatch(/is gone here.*still at http\S+ and http\S+\/pulls\/1: close it there/);
  const ran = [early, doctor, set, pushed, again, undone, await sandbox.run(["events"])];
  const told = [...ran, await readFile(join(sandbox.stateDir, "server.log"), "utf8").catch(() => "")];
  expect(JSON.stringify(told)).not.toContain(token);
  expect(forge.pulls).toHaveLength(1);
});
