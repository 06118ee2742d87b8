import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readOutcome } from "../../../server/src/builders/poudriere/outcome.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "portwright-poudriere-"));
});
afterEach(() => rm(folder, { recursive: true }));

const list = (kind: string, text: string) => writeFile(join(folder, `.poudriere.ports.${kind}`), text);

it("takes a listed port for built only when what followed ended well", async () => {
  await list("built", "devel/a a-1 3\n");
  expect(await readOutcome(folder, "devel/a", "", true)).toEqual({ passed: true, failedPhase: null });
  expect(await readOutcome(folder, "devel/a", "", false)).toEqual({ passed: false, failedPhase: null });
});

it.each([
  ["build compiler_error", "build"],
  ["build/runaway runaway_process", "build"],
  ["check-plist plist", "check-plist"],
])("reads the phase of a failure: %s", async (words, failedPhase) => {
  await list("failed", `devel/a@x a-x-1 ${words} 67\n`);
  expect(await readOutcome(folder, "devel/a", "x", false)).toEqual({ passed: false, failedPhase });
});

it("takes the first flavor where none was asked for, and no flavor for another", async () => {
  await list("built", "devel/a@x a-x-1 3\n");
  expect(await readOutcome(folder, "devel/a", "", true)).toMatchObject({ passed: true });
  expect(await readOutcome(folder, "devel/a", "y", true)).toBeNull();
});

it("says why a port was left out, and what it needs that fails", async () => {
  await list("ignored", "devel/a a-1 is marked as broken: no luck\n");
  expect(await readOutcome(folder, "devel/a", "", false)).toEqual({
    ...{ passed: false, failedPhase: "check-sanity", reason: "ignored due to is marked as broken: no luck" },
  });
  await list("failed", "devel/b b-1 fetch fetch 2\n");
  expect(await readOutcome(folder, "devel/c", "", false)).toEqual({
    ...{ passed: false, failedPhase: "build-depends", reason: "needs what fails: devel/b (fetch)" },
  });
});

it("says nothing of a build that left no lists", async () => {
  expect(await readOutcome(join(folder, "absent"), "devel/a", "", true)).toBeNull();
});
