import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPlace, kinds, type Place } from "./support.ts";

let place: Place;
beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

it("says what a plain environment lacks", async () => {
  const manager = await place.manager("plain");
  expect(manager.note).toMatch(/isolate nothing/);
  expect((await manager.doctor()).find((check) => check.name === "isolation")?.ok).toBe(false);
});

describe.runIf(kinds.includes("command"))("a tool of the operator's own is not believed", () => {
  it.each([
    ["keeps the network", { offline: ["-n"] }, /does not hold: no network/],
    [
      "lets the trees be written",
      { readOnly: ["-w", "{host}", "{inside}"] },
      /freebsd-ports cannot be written/,
    ],
    [
      "isolates nothing",
      { exec: ["env", "{mounts}"] },
      /command does not work here: .+: mend the tool that/s,
    ],
    ["is not there", { exec: ["/nowhere/tool", "{mounts}"] }, /command does not work here/],
  ])("when it %s", async (_, command, why) => {
    await expect(place.manager("command", { command })).rejects.toMatchObject({
      reason: "unavailable",
      message: expect.stringMatching(why),
    });
  });

  it("any more once it lets out what it held: no environment is made, and the doctor says why", async () => {
    const leak = join(place.folder, "leak");
    const script = `t=$1 h=$2; shift 2; [ -e '${leak}' ] && set -- -n "$@"; exec "$t" exec "$h" self-test "$@"`;
    const { command: tool } = place.config("command").environment;
    const exec = ["sh", "-c", script, "sh", tool?.exec[0], tool?.exec[2], "{mounts}", "--"];
    const manager = await place.manager("command", { command: { exec } });
    await (await manager.create({ name: "before", target: "@t" })).destroy();
    await writeFile(leak, "");
    const before = await readdir(join(place.stateDir, "environments"));
    await expect(manager.create({ name: "after", target: "@t" })).rejects.toMatchObject({
      reason: "unavailable",
      message: expect.stringMatching(/no network.*portwright env doctor/),
    });
    expect(await readdir(join(place.stateDir, "environments"))).toEqual(before);
    expect((await manager.doctor()).find(({ ok }) => !ok)?.name).toBe("command no-network");
    await rm(leak);
    await (await manager.create({ name: "after", target: "@t" })).destroy();
  });

  it("is asked to take down what it had begun when it fails to make a place", async () => {
    const [tool, , home] = place.config("command").environment.command?.create ?? [];
    const create = ["sh", "-c", `'${tool}' create '${home}' "$1"; echo no room; exit 1`, "sh", "{name}"];
    const manager = await place.manager("command", { command: { create } });
    await expect(manager.create({ name: "half", target: "@t" })).rejects.toThrow(
      /"environment\.command\.create" failed for half: no room$/,
    );
    expect(await readdir(home ?? "")).not.toContain("half");
    expect(await readdir(join(place.stateDir, "environments"))).not.toContain("half");
  });
});
