import { rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { locateSource } from "../../../server/src/builders/sources.ts";
import type { EnvironmentManager } from "../../../server/src/environments/types.ts";
import { createPlace, kinds, type Place } from "../environments/support.ts";

describe.each(kinds)("the sources that a log names, in an environment of kind %s", (kind) => {
  let place: Place;
  let manager: EnvironmentManager;
  beforeAll(async () => {
    place = await createPlace();
    manager = await place.manager(kind);
    await manager.create({ name: "mine", target: "@t" });
  });
  afterAll(() => place.remove());

  async function locate(
    origin: string,
    path: string,
    said: string[] = [],
    signal = new AbortController().signal,
  ) {
    const environment = await manager.open("mine");
    const request = {
      environment,
      origin,
      flavor: "",
      path,
      signal,
      progress: (text: string) => said.push(text),
    };
    return locateSource(place.config(kind).builder, request);
  }
  const run = async (script: string) =>
    (
      await (await manager.open("mine")).exec({ argv: ["sh", "-c", script], timeoutMs: 20_000 })
    ).output.toString();

  it("are unpacked and patched once, and found by every form of their path", async () => {
    const said: string[] = [];
    const file = "/work/obj/sysutils/loadmon/loadmon-1.4.0/src/sample.c";
    expect(await locate("sysutils/loadmon", "src/sample.c", said)).toBe(file);
    expect(said).toContain("patch of sysutils/loadmon");
    const again: string[] = [];
    for (const path of [
      "sample.c",
      "../src/sample.c",
      file,
      "/construction/sysutils/loadmon/work/loadmon-1.4.0/src/sample.c",
      "/construction/sysutils/loadmon/work/loadmon-1.3/src/sample.c",
    ])
      expect(await locate("sysutils/loadmon", path, again)).toBe(file);
    expect(await locate("sysutils/loadmon", "/usr/ports/sysutils/loadmon/Makefile", again)).toBe(
      "/work/DPorts/sysutils/loadmon/Makefile",
    );
    expect(again).toEqual([]);
  });

  it("leave alone what a person did in the work folder of another port, and in their own", async () => {
    await locate("math/matstat", "main.c");
    await run("echo mine >>/work/obj/math/matstat/matstat-0.4.1/main.c; echo kept >/usr/local/kept");
    await locate("devel/libarena", "arena.c");
    await locate("math/matstat", "columns.c");
    expect(await run("tail -1 /work/obj/math/matstat/matstat-0.4.1/main.c; cat /usr/local/kept")).toBe(
      "mine\nkept\n",
    );
  });

  it("are unpacked anew where they were left before they were patched", async () => {
    await locate("textproc/mdfold", "mdfold.c");
    await run("cd /work/obj/textproc/mdfold && rm .patch_done* && mv mdfold-2.3/mdfold.c mdfold-2.3/gone.c");
    const said: string[] = [];
    expect(await locate("textproc/mdfold", "mdfold.c", said)).toMatch(/mdfold-2\.3\/mdfold\.c$/);
    expect(said).toContain("extract of textproc/mdfold");
  });

  it("are named where several fit equally well", async () => {
    await locate("games/tilerun", "src/board.c");
    await run("cd /work/obj/games/tilerun/tilerun-1.1 && mkdir a b && touch a/x.c b/x.c");
    await expect(locate("games/tilerun", "x.c")).rejects.toMatchObject({
      reason: "source",
      message: expect.stringMatching(/any of 2 files: tilerun-1\.1\/[ab]\/x\.c, tilerun-1\.1\/[ab]\/x\.c/),
    });
    expect(await locate("games/tilerun", "b/x.c")).toMatch(/tilerun-1\.1\/b\/x\.c$/);
  });

  it("never lie outside, whatever the path or a link among the sources says", async () => {
    const folder = "/work/obj/devel/libarena/libarena-3.0.1";
    const { root } = await manager.open("mine");
    const secret = join(place.folder, "secret.c");
    await writeFile(secret, "secret");
    await symlink(secret, join(root, folder.slice("/work/".length), "secret.c"));
    for (const path of [
      "secret.c",
      secret,
      "../../../../../etc/passwd",
      `${folder}/secret.c`,
      "*.c",
      "--",
      "-delete",
    ])
      await expect(locate("devel/libarena", path)).rejects.toMatchObject({ reason: "source" });
    for (const origin of ["../etc", "devel/../..", ".", "-f/x"])
      await expect(locate(origin, "main.c")).rejects.toThrow();
    await rm(secret);
  });

  it("of a port that does not get so far are told with the end of its log", async () => {
    await expect(locate("devel/jsonpick", "jsonpick.c")).rejects.toMatchObject({
      reason: "source",
      message: expect.stringMatching(/failed in checksum.*Checksum mismatch/s),
    });
  });

  it("are looked up one after the other, and not for who no longer asks", async () => {
    const all = ["wavpeek.c", "header.c", "wavview.c"].map((path) => locate("audio/wavpeek", path));
    expect((await Promise.all(all)).every((path) => path.includes("/wavpeek-1.7/"))).toBe(true);
    await expect(locate("audio/wavpeek", "header.c", [], AbortSignal.abort())).rejects.toThrow();
  });
});
