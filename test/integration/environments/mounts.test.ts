import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kinds } from "./support.ts";

const run = promisify(execFile);
const mounts = fileURLToPath(new URL("../../fixtures/mounts.ts", import.meta.url));

/** Each step in one mount namespace that is gone with the last of them; their lines of JSON. */
async function inNamespace(folder: string, steps: string[]): Promise<Record<string, unknown>[]> {
  const script = steps.map((step) => `"$1" "$2" ${step} "$3"`).join("; ");
  const given = [
    "--mount",
    "--propagation",
    "private",
    "sh",
    "-c",
    script,
    "sh",
    process.execPath,
    mounts,
    folder,
  ];
  const { stdout } = await run("unshare", given);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe.runIf(kinds.includes("chroot"))("mounts that everyone sees, as on a BSD", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "portwright-mounts-")));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("keep what the kind promises, but for the network, and are gone with the command", async () => {
    const [told] = await inNamespace(folder, ["test"]);
    const checks = told?.checks as { name: string; ok: boolean }[];
    expect(checks.length).toBeGreaterThan(8);
    expect(checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(["chroot no-network"]);
    expect(told?.mounted).toBe(0);
    expect(await readdir(folder)).toEqual([".etc"]);
  });

  it("are unmounted by the next server where the one before was killed, and nothing in them is removed", async () => {
    const kept = join(folder, "mine", "distfiles", "kept.tar");
    await mkdir(join(kept, ".."), { recursive: true });
    await writeFile(kept, "");
    const [told] = await inNamespace(folder, ["die", "clear"]);
    expect(told?.before).toBeGreaterThan(10);
    expect(told?.cleared).toEqual([expect.stringMatching(/^\.mounted-\d+-/)]);
    expect(told?.mounted).toBe(0);
    await access(kept);
    expect((await readdir(folder)).sort()).toEqual([".etc", "mine"]);
  });
});
