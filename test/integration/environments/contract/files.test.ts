import { execFileSync } from "node:child_process";
import { link, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EnvironmentError } from "../../../../server/src/environments/errors.ts";
import type { Environment } from "../../../../server/src/environments/types.ts";
import { createPlace, kinds, type Place } from "../support.ts";

let place: Place;
beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

describe.each(kinds)("files of kind %s", (kind) => {
  let environment: Environment;
  let obj: string;
  const secret = "canary-of-the-host";
  beforeAll(async () => {
    environment = await (await place.manager(kind)).create({ name: `${kind}-files`, target: "@t" });
    obj = join(environment.root, "obj");
    await writeFile(join(place.folder, "secret"), secret);
    await writeFile(join(environment.root, "obj", "plain.txt"), "inside");
  });

  it("writes atomically, makes parents, keeps the mode", async () => {
    const path = "/work/obj/a/b/c.sh";
    await environment.files.write(path, Buffer.from("one"));
    execFileSync("chmod", ["755", join(obj, "a/b/c.sh")]);
    await environment.files.write(path, Buffer.from("two"));
    expect((await environment.files.read(path)).toString()).toBe("two");
    expect((await environment.files.list("/work/obj/a/b")).entries).toEqual(["c.sh"]);
    expect(
      execFileSync("stat", ["-c", "%a", join(obj, "a/b/c.sh")])
        .toString()
        .trim(),
    ).toBe("755");
  });

  it.each([
    "/work/freebsd-ports/x",
    "/work/DPorts/devel/x",
    "/work/logs/x",
    "/work/tmp/x",
    "/work/packages/x",
    "/work/x",
    "/work",
    "/work/DeltaPorts",
    "/work/obj",
  ])("refuses to write %s", async (path) => {
    await expect(environment.files.write(path, Buffer.from("x"))).rejects.toBeInstanceOf(EnvironmentError);
  });

  it("refuses what leaves by a link, and follows what stays", async () => {
    await mkdir(join(obj, "links"), { recursive: true });
    const links: [string, string][] = [
      ["absolute", join(place.folder, "secret")],
      ["up", "../../../../secret"],
      ["upper", "../../../../../../../../../../etc/passwd"],
      ["etc", "/etc"],
      ["git", "/work/freebsd-ports/.git"],
      ["loop", "loop"],
      ["root", "/work/../etc"],
    ];
    for (const [name, target] of links) await symlink(target, join(obj, "links", name));
    for (const [name] of links) {
      for (const path of [`/work/obj/links/${name}`, `/work/obj/links/${name}/passwd`]) {
        await expect(environment.files.read(path)).rejects.toBeInstanceOf(EnvironmentError);
        await expect(environment.files.write(path, Buffer.from("x"))).rejects.toBeInstanceOf(
          EnvironmentError,
        );
      }
      await expect(environment.hostPath(`/work/obj/links/${name}/x`)).rejects.toBeInstanceOf(
        EnvironmentError,
      );
    }
    expect(await readFile(join(place.folder, "secret"), "utf8")).toBe(secret);
    await symlink("../plain.txt", join(obj, "links", "near"));
    await symlink("/work/obj/plain.txt", join(obj, "links", "far"));
    expect((await environment.files.read("/work/obj/links/near")).toString()).toBe("inside");
    expect((await environment.files.read("/work/obj/links/far")).toString()).toBe("inside");
    await expect(environment.files.write("/work/obj/links/near", Buffer.from("x"))).rejects.toThrow(
      "symbolic link",
    );
  });

  it("does not turn an edit of the sources into one of the overlay by a link", async () => {
    await symlink("/work/DeltaPorts/ports", join(obj, "overlay"));
    const path = "/work/obj/overlay/devel/gmake/stolen";
    await expect(environment.files.write(path, Buffer.from("x"))).rejects.toThrow("by a link");
    await expect(environment.files.remove(path)).rejects.toThrow("by a link");
    expect(await environment.diff()).toBe("");
  });

  it("never waits on a FIFO nor opens a folder as a file", async () => {
    execFileSync("mkfifo", [join(obj, "fifo")]);
    await expect(environment.files.read("/work/obj/fifo")).rejects.toThrow("not a regular file");
    await expect(environment.files.write("/work/obj/fifo", Buffer.from("x"))).rejects.toThrow(
      "not a regular file",
    );
    await expect(environment.files.read("/work/obj")).rejects.toBeInstanceOf(EnvironmentError);
    expect(await environment.files.stat("/work/obj/fifo")).toMatchObject({ type: "other" });
  });

  it("does not write through a hard link", async () => {
    await link(join(place.folder, "secret"), join(obj, "hard"));
    await expect(environment.files.write("/work/obj/hard", Buffer.from("x"))).rejects.toThrow("hard link");
    if (kind === "plain") await expect(environment.files.read("/work/obj/hard")).rejects.toThrow("hard link");
    expect(await readFile(join(place.folder, "secret"), "utf8")).toBe(secret);
  });

  it("bounds reads and lists", async () => {
    await environment.files.write("/work/obj/big", Buffer.alloc(2000));
    await expect(environment.files.read("/work/obj/big", 1999)).rejects.toThrow("2000 bytes");
    expect((await environment.files.read("/work/obj/big", 2000)).length).toBe(2000);
    const listed = await environment.files.list("/work/DPorts", 3);
    expect(listed.entries).toHaveLength(3);
    expect(listed.truncated).toBe(true);
    expect((await environment.files.list("/work/freebsd-ports")).entries).not.toContain(".git/");
  });

  it("removes files, not folders", async () => {
    await environment.files.write("/work/obj/gone/file", Buffer.from("x"));
    await environment.files.remove("/work/obj/gone/file");
    expect(await environment.files.stat("/work/obj/gone/file")).toBeNull();
    await expect(environment.files.remove("/work/obj/gone")).rejects.toThrow("folder");
    await expect(environment.files.remove("/work/obj/gone/file")).rejects.toThrow("does not exist");
  });

  it("never gives out or changes a file outside, whatever the path", async () => {
    await mkdir(join(obj, "p"), { recursive: true });
    await symlink(place.folder, join(obj, "p", "out")).catch(() => undefined);
    const piece = fc.constantFrom(
      "..",
      ".",
      "",
      "out",
      "p",
      "obj",
      "work",
      "secret",
      "etc",
      "passwd",
      "DPorts",
      "DPorts-evil",
      "%2e%2e",
      "\0",
      "x".repeat(300),
      "a\nb",
      "ü",
    );
    const path = fc.oneof(
      fc.array(piece, { maxLength: 9 }).map((parts) => `/work/${parts.join("/")}`),
      fc.array(piece, { maxLength: 6 }).map((parts) => `/work/obj/p/${parts.join("/")}`),
      fc.array(piece, { maxLength: 6 }).map((parts) => `/${parts.join("/")}`),
      fc.string({ maxLength: 40 }),
    );
    await fc.assert(
      fc.asyncProperty(path, async (hostile) => {
        const read = await environment.files.read(hostile).catch((error: unknown) => error);
        if (!(read instanceof EnvironmentError)) expect(String(read)).not.toContain(secret);
        const wrote = await environment.files
          .write(hostile, Buffer.from("x"))
          .catch((error: unknown) => error);
        if (wrote !== undefined) expect(wrote).toBeInstanceOf(EnvironmentError);
        else expect(posix.normalize(hostile)).toMatch(/^\/work\/(obj|DeltaPorts)\//);
        const host = await environment.hostPath(hostile).catch((error: unknown) => error);
        if (typeof host === "string" && hostile.startsWith("/work/obj"))
          expect(host.startsWith(environment.root)).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect(await readFile(join(place.folder, "secret"), "utf8")).toBe(secret);
  });
});
