import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPlace, kinds, type Place } from "../support.ts";

let place: Place;
beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

const origin = "devel/pkgconf";
const makefile = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;

describe.each(kinds)("environments of kind %s", (kind) => {
  it("gives each environment its own overlay and the same upstream", async () => {
    const manager = await place.manager(kind);
    expect(manager.kind).toBe(kind);
    const [one, two] = [
      await manager.create({ name: `${kind}-one`, target: "@2026Q3" }),
      await manager.create({ name: `${kind}-two`, target: "@2026Q3" }),
    ];
    await one.files.write(makefile, Buffer.from("# edited\n"));
    expect((await one.files.read(makefile)).toString()).toBe("# edited\n");
    expect(await two.files.stat(makefile)).toBeNull();
    expect((await one.files.list("/work")).entries).toContain("freebsd-ports/");
    expect((await one.files.read(`/work/freebsd-ports/${origin}/Makefile`)).toString()).toContain("PORTNAME");
    const infos = await manager.list();
    expect(infos.find((info) => info.name === `${kind}-one`)?.trees.DeltaPorts?.dirty).toBe(true);
    expect(infos.find((info) => info.name === `${kind}-two`)?.trees.DeltaPorts?.dirty).toBe(false);
    await one.destroy();
    await two.destroy();
    expect((await manager.list()).map((info) => info.name)).not.toContain(`${kind}-one`);
  });

  it("survives a restart of the server with its edits and what it composed", async () => {
    const made = await (await place.manager(kind)).create({ name: `${kind}-kept`, target: "@2026Q3" });
    await made.files.write(makefile, Buffer.from("# kept\n"));
    const { inputSha256 } = await made.compose(origin);
    const opened = await (await place.manager(kind)).open(`${kind}-kept`);
    expect(opened.commits).toEqual(made.commits);
    expect(opened.target).toBe("@2026Q3");
    expect(opened.composedInput(origin)).toBe(inputSha256);
    expect((await opened.files.read(`/work/DPorts/${origin}/Makefile.DragonFly`)).toString()).toBe(
      "# kept\n",
    );
    expect(await opened.diff()).toContain("+# kept");
    await opened.destroy();
  });

  it("composes one origin over the shared base and leaves the base alone", async () => {
    const manager = await place.manager(kind);
    const one = await manager.create({ name: `${kind}-compose`, target: "@t" });
    const other = await manager.create({ name: `${kind}-other`, target: "@t" });
    expect(one.composedInput(origin)).toBeNull();
    const before = await one.compose(origin);
    expect(one.composedInput(origin)).toBe(before.inputSha256);
    expect(await one.currentInput(origin)).toBe(before.inputSha256);
    await one.files.write(makefile, Buffer.from("COMMENT=\tshadowed\n"));
    expect(await one.currentInput(origin)).not.toBe(before.inputSha256);
    const after = await one.compose(origin);
    expect(after.applied).toContain("Makefile.DragonFly");
    const cat = (environment: typeof one) =>
      environment.exec({ argv: ["cat", `/work/DPorts/${origin}/Makefile.DragonFly`], timeoutMs: 10_000 });
    expect((await cat(one)).output.toString()).toBe("COMMENT=\tshadowed\n");
    expect((await cat(other)).exitCode).not.toBe(0);
    // Neighbours of the shadowed port are still there.
    const neighbour = await one.exec({
      argv: ["ls", "/work/DPorts/devel/gmake/Makefile"],
      timeoutMs: 10_000,
    });
    expect(neighbour.output.toString().trim()).toBe("/work/DPorts/devel/gmake/Makefile");
    await one.destroy();
    await other.destroy();
  });

  it("composes a port that upstream does not have", async () => {
    const environment = await (await place.manager(kind)).create({ name: `${kind}-new`, target: "@t" });
    const folder = "/work/DeltaPorts/ports/devel/brandnew/newport";
    await environment.files.write(`${folder}/Makefile`, Buffer.from("PORTNAME=\tbrandnew\n"));
    const composed = await environment.compose("devel/brandnew");
    expect(composed.applied).toContain("newport");
    const shown = await environment.exec({
      argv: ["cat", "/work/DPorts/devel/brandnew/Makefile"],
      timeoutMs: 10_000,
    });
    expect(shown.output.toString()).toBe("PORTNAME=\tbrandnew\n");
    await environment.destroy();
  });

  it("reports a rejected diff with its file and hunk, and offers nothing stale to build", async () => {
    const environment = await (await place.manager(kind)).create({ name: `${kind}-reject`, target: "@t" });
    await environment.compose(origin);
    const diff =
      "--- Makefile.orig\n+++ Makefile\n@@ -1,2 +1,2 @@\n-NO_SUCH=\tline\n+OTHER=\tline\n NEITHER=\tthis\n";
    await environment.files.write(`/work/DeltaPorts/ports/${origin}/diffs/Makefile.diff`, Buffer.from(diff));
    const composed = await environment.compose(origin);
    expect(composed.rejects.map((reject) => reject.file)).toEqual(["diffs/Makefile.diff"]);
    expect(environment.composedInput(origin)).toBeNull();
    expect((await environment.files.list(`/work/DPorts/${origin}`)).entries).toEqual([]);
    await environment.destroy();
  });

  it("names an unknown origin", async () => {
    const environment = await (await place.manager(kind)).create({ name: `${kind}-unknown`, target: "@t" });
    for (const wrong of ["devel/nothing-here", "../../etc", "devel", "devel/../../x"])
      await expect(environment.compose(wrong)).rejects.toMatchObject({
        name: "EnvironmentError",
        reason: "compose",
      });
    await expect(environment.compose("devel/nothing-here")).rejects.toThrow("devel/nothing-here");
    await environment.destroy();
  });

  it("takes a diff with new, changed and removed files from one environment to another", async () => {
    const manager = await place.manager(kind);
    const from = await manager.create({ name: `${kind}-from`, target: "@t" });
    expect(await from.diff()).toBe("");
    await from.files.write(makefile, Buffer.from("# new file\n"));
    await from.files.write(
      `/work/DeltaPorts/ports/${origin}/dragonfly/patch-src_a.c`,
      Buffer.from("no newline at end"),
    );
    await from.files.remove("/work/DeltaPorts/ports/www/tinyhttp/Makefile.DragonFly");
    const diff = await from.diff();
    expect(diff).toContain("new file mode 100644");
    expect(diff).toContain("deleted file mode");
    expect(await from.diff()).toBe(diff);
    const to = await manager.create({ name: `${kind}-to`, target: "@t" });
    await to.applyDiff(diff);
    expect(await to.diff()).toBe(diff);
    await expect(to.applyDiff(diff)).rejects.toMatchObject({ reason: "diff" });
    await from.destroy();
    await to.destroy();
  });

  it.each([
    [
      "leaves the tree",
      "diff --git a/../x b/../x\nnew file mode 100644\n--- /dev/null\n+++ b/../x\n@@ -0,0 +1 @@\n+x\n",
    ],
    [
      "makes a link",
      "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n",
    ],
    [
      "does not fit",
      "diff --git a/README.md b/README.md\n--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-not this\n+x\n",
    ],
    ["is no diff", "hello\n"],
  ])("refuses a diff that %s and changes nothing", async (_, diff) => {
    const environment = await (await place.manager(kind)).create({ name: `${kind}-refuse`, target: "@t" });
    await expect(environment.applyDiff(diff)).rejects.toMatchObject({
      name: "EnvironmentError",
      reason: "diff",
    });
    expect(await environment.diff()).toBe("");
    await environment.destroy();
  });

  it("offers the operator's packages without letting a build change them", async () => {
    const packages = join(place.folder, `packages-${kind}`);
    await mkdir(join(packages, "All"), { recursive: true });
    await writeFile(join(packages, "All", "some-1.0.pkg"), "content");
    // As a builder leaves them.
    await Promise.all([packages, join(packages, "All")].map((folder) => chmod(folder, 0o755)));
    await chmod(join(packages, "All", "some-1.0.pkg"), 0o644);
    const environment = await (await place.manager(kind, { packages })).create({
      name: `${kind}-pkg`,
      target: "@t",
    });
    const run = (script: string) => environment.exec({ argv: ["/bin/sh", "-c", script], timeoutMs: 10_000 });
    expect((await run("cat /work/packages/All/some-1.0.pkg")).output.toString()).toBe("content");
    await run("rm /work/packages/All/some-1.0.pkg; echo mine >/work/packages/All/some-1.0.pkg");
    expect((await run("cat /work/packages/All/some-1.0.pkg")).output.toString()).toBe("mine\n");
    expect(await readFile(join(packages, "All", "some-1.0.pkg"), "utf8")).toBe("content");
    await environment.destroy();
  });

  it("refuses a name that is taken, wrong or unknown", async () => {
    const manager = await place.manager(kind);
    const environment = await manager.create({ name: `${kind}-taken`, target: "@t" });
    await expect(manager.create({ name: `${kind}-taken`, target: "@t" })).rejects.toMatchObject({
      reason: "exists",
    });
    await expect(manager.create({ name: "../evil", target: "@t" })).rejects.toMatchObject({ reason: "path" });
    await expect(manager.open("absent")).rejects.toMatchObject({ reason: "not-found" });
    await expect(manager.destroy("absent")).rejects.toMatchObject({ reason: "not-found" });
    await environment.destroy();
  });
});
