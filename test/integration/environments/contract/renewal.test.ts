import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EnvironmentManager } from "../../../../server/src/environments/types.ts";
import { commitAll, createPlace, edit, kinds, type Place } from "../support.ts";

const origin = "devel/pkgconf";
const makefile = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;
const updater = fileURLToPath(new URL("updater.ts", import.meta.url));
/** The kernel's own limit is far above: nobody has this process. */
const nobody = 2 ** 30;

describe.each(kinds)("an environment of kind %s", (kind) => {
  let place: Place;
  let manager: EnvironmentManager;
  beforeAll(async () => {
    place = await createPlace();
    manager = await place.manager(kind);
  });
  afterAll(() => place.remove());

  const run = async (name: string, script: string) =>
    (
      await (await manager.open(name)).exec({ argv: ["sh", "-c", script], timeoutMs: 20_000 })
    ).output.toString();

  /** One more commit in both trees; returns their new text. */
  async function commitBoth(word: string): Promise<void> {
    await edit(join(place.trees.freebsdPorts, origin, "Makefile"), (text) => `${text}# ports ${word}\n`);
    await writeFile(join(place.trees.deltaPorts, "README"), `delta ${word}\n`);
    commitAll(place.trees.freebsdPorts, word);
    commitAll(place.trees.deltaPorts, word);
  }

  it("loses by a reset what was done in it, and nothing else", async () => {
    const made = await manager.create({ name: "reset", target: "@t" });
    await made.files.write(makefile, Buffer.from("# edited\n"));
    await made.files.write("/work/DeltaPorts/ports/new/port/Makefile", Buffer.from("# new\n"));
    await made.compose(origin);
    await run("reset", "mkdir -p /work/obj/a/b && echo x >/work/obj/a/b/c && chmod 0 /work/obj/a/b");
    await run("reset", "echo y >/usr/local/y; echo z >/work/packages/All/z.pkg; echo t >/work/tmp/t");
    await writeFile(join(made.root, "logs", "devel___x.log"), "log");
    await writeFile(join(made.root, "overlay.git", "index.lock"), "");
    await manager.reset("reset");

    const after = await manager.open("reset");
    expect(await after.diff()).toBe("");
    expect(after.composedInput(origin)).toBeNull();
    expect(after.commits).toEqual(made.commits);
    expect(await run("reset", "cd /work && ls -A obj logs tmp packages/All /usr/local")).toMatch(
      /^(?:(?:\/usr\/local|obj|logs|tmp|packages\/All):\n*)+$/,
    );
    expect(await run("reset", `cat /work/DPorts/${origin}/Makefile`)).toContain("PORTNAME");
    await after.compose(origin);
  });

  it("is reset again where a reset was cut short", async () => {
    const made = await manager.create({ name: "again", target: "@t" });
    await made.compose(origin);
    for (const folder of ["obj", "local", kind === "plain" ? "DPorts" : "composed"])
      await rm(join(made.root, folder), { recursive: true });
    await manager.reset("again");
    await (await manager.open("again")).compose(origin);
    expect(await run("again", "ls -d /work/obj /usr/local")).toBe("/usr/local\n/work/obj\n");
  });

  it("is brought to the trees' present commits by an update", async () => {
    const made = await manager.create({ name: "old", target: "@t" });
    await commitBoth("one");
    const before = await manager.status("old");
    expect(before.trees).toMatchObject({
      DeltaPorts: { behind: 1 },
      "freebsd-ports": { behind: 1, dirty: true },
    });
    expect(before.problem).toContain("portwright env update old");

    const changes = await manager.update("old", { force: false });
    expect(changes.map(({ tree, before: was }) => [tree, was])).toEqual([
      ["freebsd-ports", made.commits["freebsd-ports"]],
      ["DeltaPorts", made.commits.DeltaPorts],
    ]);
    const after = await manager.status("old");
    expect(after).toMatchObject({ target: "@t", createdAt: before.createdAt });
    expect(after.problem).toBeUndefined();
    expect(changes.map((change) => change.after)).toEqual(
      ["freebsd-ports", "DeltaPorts"].map((tree) => after.trees[tree]?.commit),
    );
    expect(await run("old", `cat /work/DeltaPorts/README; tail -1 /work/DPorts/${origin}/Makefile`)).toBe(
      "delta one\n# ports one\n",
    );
  });

  it("keeps all that was done in it when it is up to date already", async () => {
    const made = await manager.create({ name: "fresh", target: "@t" });
    await made.files.write(makefile, Buffer.from("# mine\n"));
    const changes = await manager.update("fresh", { force: false });
    expect(changes.every(({ before, after }) => before === after)).toBe(true);
    expect((await made.files.read(makefile)).toString()).toBe("# mine\n");
    // Whoever forgot to commit is not told that his change is there.
    const stray = join(place.trees.deltaPorts, "stray");
    await writeFile(stray, "");
    await expect(manager.update("fresh", { force: false })).rejects.toMatchObject({ reason: "dirty" });
    await rm(stray);
  });

  it("is not updated over edits, unless they may be dropped", async () => {
    const made = await manager.create({ name: "edited", target: "@t" });
    await made.files.write(makefile, Buffer.from("# mine\n"));
    await commitBoth("two");
    await expect(manager.update("edited", { force: false })).rejects.toMatchObject({
      reason: "edited",
      message: expect.stringContaining(`ports/${origin}/Makefile.DragonFly`),
    });
    expect((await made.files.read(makefile)).toString()).toBe("# mine\n");
    await manager.update("edited", { force: true });
    expect(await (await manager.open("edited")).diff()).toBe("");
  });

  it("stays as it is when it cannot be updated", async () => {
    await manager.create({ name: "stays", target: "@t" });
    const stray = join(place.trees.deltaPorts, "stray");
    await commitBoth("three");
    await writeFile(stray, "");
    await expect(manager.update("stays", { force: true })).rejects.toMatchObject({ reason: "dirty" });
    await rm(stray);
    const given = AbortSignal.abort();
    await expect(manager.update("stays", { force: true, signal: given })).rejects.toMatchObject({
      reason: "cancelled",
    });
    expect(await run("stays", "cat /work/DeltaPorts/README")).toBe("delta two\n");
    expect(
      (await readdir(join(place.home(kind), "environments"))).filter((name) => /^\.\w+ing-/.test(name)),
    ).toEqual([]);
  });

  it("is left alone while something runs there, and runs nothing while it is made anew", async () => {
    const made = await manager.create({ name: "busy", target: "@t" });
    const ended = new AbortController();
    const running = made.exec({ argv: ["sleep", "100"], timeoutMs: 60_000, signal: ended.signal });
    for (const attempt of [manager.reset("busy"), manager.update("busy", { force: true })])
      await expect(attempt).rejects.toMatchObject({ reason: "busy" });
    ended.abort();
    await running;
    const updating = manager.update("busy", { force: true });
    await expect(made.exec({ argv: ["true"], timeoutMs: 5000 })).rejects.toMatchObject({ reason: "busy" });
    await updating;
    expect(await run("busy", "echo free")).toBe("free\n");
  });

  it("is found whole, old or new, after its server was killed in the middle of updates", async () => {
    await manager.create({ name: "killed", target: "@t" });
    const config = JSON.stringify(place.config(kind));
    for (const delay of [5, 30, 60, 90, 120, 200]) {
      const child = spawn(process.execPath, [updater, config, place.stateDir, "killed"], { stdio: "pipe" });
      await once(child.stdout, "data");
      await sleep(delay);
      child.kill("SIGKILL");
      await once(child, "close");
      manager = await place.manager(kind);
      expect((await manager.status("killed")).problem).toBeUndefined();
      await (await manager.open("killed")).compose(origin);
      expect(await run("killed", `cat /work/DeltaPorts/README /work/DPorts/${origin}/Makefile`)).toContain(
        "PORTNAME",
      );
    }
    const left = await readdir(join(place.home(kind), "environments"));
    expect(left.filter((name) => /^\.\w+ing-/.test(name))).toEqual([]);
  });

  it("gets its new one put in place where the server was killed between the two renames", async () => {
    const root = join(place.home(kind), "environments");
    const made = await manager.create({ name: "between", target: "@t" });
    const next = await manager.create({ name: "between-next", target: "@t" });
    await next.files.write(makefile, Buffer.from("# the new one\n"));
    const record = join(next.root, "environment.json");
    await writeFile(record, (await readFile(record, "utf8")).replace('"between-next"', '"between"'));
    await rename(next.root, join(root, `.replacing-${nobody}-a`));
    await rename(made.root, join(root, `.removing-${nobody}-a`));
    manager = await place.manager(kind);
    expect(await (await manager.open("between")).diff()).toContain("+# the new one");
    expect((await readdir(root)).filter((name) => name.includes(String(nobody)))).toEqual([]);
  });

  it("says what is wrong with it, and how much it holds without following links", async () => {
    const made = await manager.create({ name: "status", target: "@t" });
    const { diskBytes = 0, ofJob } = await manager.status("status");
    expect(ofJob).toBeUndefined();
    await mkdir(join(made.root, "obj", "deep"));
    await writeFile(join(made.root, "obj", "deep", "big"), Buffer.alloc(3 * 1024 ** 2, 1));
    await symlink("/usr", join(made.root, "obj", "usr"));
    const more = (await manager.status("status")).diskBytes ?? 0;
    expect(more - diskBytes).toBeGreaterThanOrEqual(3 * 1024 ** 2);
    expect(more - diskBytes).toBeLessThan(4 * 1024 ** 2);

    const bases = join(place.home(kind), "bases");
    await rename(bases, `${bases}.away`);
    expect((await manager.status("status")).problem).toContain("composed tree is gone");
    await rename(`${bases}.away`, bases);
    const { distfiles } = place.trees;
    await rename(distfiles, `${distfiles}.away`);
    expect((await manager.status("status")).problem).toContain(`distfiles: ${distfiles} cannot be opened`);
    await rename(`${distfiles}.away`, distfiles);
    await rm(join(made.root, "overlay.git", "HEAD"));
    expect((await manager.list()).find(({ name }) => name === "status")?.problem).toContain("--force");
    await manager.update("status", { force: true });
    expect((await manager.status("status")).problem).toBeUndefined();
    await expect(manager.status("none")).rejects.toMatchObject({ reason: "not-found" });
  });

  it("is marked when a job made it", async () => {
    await manager.create({ name: "attempt-0123456789abcdef", target: "@t" });
    await manager.create({ name: "attempt-of-mine", target: "@t" });
    const marks = (await manager.list()).flatMap(({ name, ofJob }) =>
      name.startsWith("attempt") ? [[name, ofJob]] : [],
    );
    expect(marks).toEqual([
      ["attempt-0123456789abcdef", true],
      ["attempt-of-mine", undefined],
    ]);
  });
});
