import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EnvironmentError } from "../../../server/src/environments/errors.ts";
import { commitAll, copyTree, createPlace, edit, type Place } from "./support.ts";

let place: Place;
beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

const origin = "devel/pkgconf";

describe("source trees", () => {
  it("refuses local changes, naming the files and the remedy", async () => {
    const deltaPorts = await copyTree(place.trees.deltaPorts, join(place.folder, "dirty"));
    await writeFile(join(deltaPorts, "untracked.txt"), "x");
    const dirty = { ...place, trees: { ...place.trees, deltaPorts } };
    const { createEnvironmentManager } = await import("../../../server/src/environments/manager.ts");
    const config = place.config("plain");
    const manager = await createEnvironmentManager({
      config: { ...config, trees: { ...dirty.trees, freebsdPorts: dirty.trees.freebsdPorts } },
      stateDir: place.stateDir,
      now: Date.now,
      newId: () => "x",
    });
    const failure = await manager.create({ name: "dirty", target: "@t" }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EnvironmentError);
    expect(failure).toMatchObject({ reason: "dirty" });
    expect(String(failure)).toMatch(/DeltaPorts.*untracked\.txt.*[Cc]ommit or stash/);
    expect((await manager.doctor()).find((check) => check.name === "DeltaPorts")?.ok).toBe(false);
    expect(
      (await readdir(join(place.stateDir, "environments"))).filter((name) => name.startsWith(".creating")),
    ).toEqual([]);
  });

  it("refuses a folder that is no checkout, or is inside one", async () => {
    const { createEnvironmentManager } = await import("../../../server/src/environments/manager.ts");
    for (const deltaPorts of [
      place.trees.distfiles,
      join(place.trees.deltaPorts, "ports"),
      "/nowhere/at/all",
    ]) {
      const config = place.config("plain");
      const manager = await createEnvironmentManager({
        config: { ...config, trees: { ...place.trees, deltaPorts } },
        stateDir: place.stateDir,
        now: Date.now,
        newId: () => "x",
      });
      await expect(manager.create({ name: "wrong", target: "@t" })).rejects.toMatchObject({ reason: "tree" });
    }
  });

  it("notices that upstream moved on under an environment", async () => {
    const moved = await createPlace();
    try {
      const manager = await moved.manager("plain");
      const environment = await manager.create({ name: "moved", target: "@t" });
      await edit(join(moved.trees.freebsdPorts, origin, "Makefile"), (text) => `${text}# newer\n`);
      commitAll(moved.trees.freebsdPorts, "Newer");
      await expect(environment.compose(origin)).rejects.toMatchObject({ reason: "dirty" });
      expect((await manager.list())[0]?.trees["freebsd-ports"]?.dirty).toBe(true);
    } finally {
      await moved.remove();
    }
  });
});

it("recovers from a server that was killed while it made an environment", async () => {
  const script = `
    import { createEnvironmentManager } from ${JSON.stringify(join(import.meta.dirname, "../../../server/src/environments/manager.ts"))};
    const manager = await createEnvironmentManager({
      config: ${JSON.stringify(place.config("plain"))},
      stateDir: process.argv[1], now: Date.now, newId: () => Math.random().toString(36).slice(2),
    });
    console.log("ready");
    for (let n = 0; ; n++) await manager.create({ name: "killed-" + n, target: "@t" });`;
  const stateDir = join(place.folder, "killed-state");
  for (const delay of [0, 15, 40, 90]) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, stateDir], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    await once(child.stdout, "data");
    await sleep(delay);
    child.kill("SIGKILL");
    await once(child, "exit");
    const manager = await place.manager("plain", { stateDir });
    const leftovers = (await manager.doctor()).find((check) => check.name === "leftovers");
    expect(leftovers?.ok).toBe(true);
    for (const { name } of await manager.list()) {
      await (await manager.open(name)).compose(origin);
      await manager.destroy(name);
    }
    await (await manager.create({ name: "after", target: "@t" })).destroy();
  }
});

it("keeps an environment's base when others are pruned", async () => {
  const own = await createPlace();
  try {
    const manager = await own.manager("plain");
    const first = await manager.create({ name: "first", target: "@t" });
    for (let n = 0; n < 4; n++) {
      await edit(
        join(own.trees.deltaPorts, "ports/sysutils/loadmon/Makefile.DragonFly"),
        (text) => `${text}# ${n}\n`,
      ).catch(() =>
        writeFile(join(own.trees.deltaPorts, "ports/sysutils/loadmon/Makefile.DragonFly"), `# ${n}\n`),
      );
      commitAll(own.trees.deltaPorts, `Change ${n}`);
      await (await manager.create({ name: `later-${n}`, target: "@t" })).destroy();
    }
    const bases = await readdir(join(own.stateDir, "bases"));
    expect(bases.length).toBeLessThanOrEqual(4);
    expect(
      (await first.exec({ argv: ["ls", "/work/DPorts/devel"], timeoutMs: 10_000 })).output.toString(),
    ).toContain("gmake");
    await rename(join(own.stateDir, "bases"), join(own.stateDir, "gone"));
    await mkdir(join(own.stateDir, "bases"));
    await expect(manager.open("first")).rejects.toThrow("lost its composed tree");
    await access(join(own.stateDir, "gone"));
  } finally {
    await own.remove();
  }
});
