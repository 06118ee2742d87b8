import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFiles } from "../../../server/src/environments/files.ts";
import { Namespace } from "../../../server/src/environments/namespace.ts";

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "portwright-files-")));
  for (const folder of ["obj/deep", "outside"]) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, "obj/deep/file"), "inside");
  await writeFile(join(root, "outside/file"), "outside");
});
afterEach(() => rm(root, { recursive: true }));

interface Meanwhile {
  resolved?: () => Promise<void>;
  checked?: () => Promise<void>;
}

/** Files of an environment in which something happens right after a path was resolved, or looked at again. */
function filesWith({ resolved: onResolved, checked: onChecked }: Meanwhile = {}) {
  class Watched extends Namespace {
    override async recheck(path: string, host: string, at?: string) {
      await super.recheck(path, host, at);
      await onChecked?.();
    }

    override async resolve(path: string, options: { lastLink: "follow" | "refuse" }) {
      const resolved = await super.resolve(path, options);
      await onResolved?.();
      return resolved;
    }
  }
  const mounts = [{ virtual: "/work/obj", host: join(root, "obj") }];
  const namespace = new Watched(
    () => mounts,
    (path) => path,
  );
  return createFiles({ namespace, newId: randomUUID, refuseHardLinks: true });
}

/** A build puts a link to a folder of the host where the resolved folder was. */
async function swap(): Promise<void> {
  const deep = join(root, "obj/deep");
  await rename(deep, join(root, "obj/was"));
  await symlink(join(root, "outside"), deep);
}

/** Swaps once, the n-th time that something is resolved. */
const swapAt = (turn: number) => {
  let turns = 0;
  return async () => {
    turns += 1;
    if (turns === turn) await swap();
  };
};

test("a folder that becomes a link while a file is read, written or removed leads nowhere", async () => {
  await expect(filesWith({ resolved: swapAt(1) }).read("/work/obj/deep/file")).rejects.toThrow(/leads out/);
  await rm(join(root, "obj/deep"));
  await rename(join(root, "obj/was"), join(root, "obj/deep"));
  await expect(
    filesWith({ resolved: swapAt(1) }).write("/work/obj/deep/file", Buffer.from("x")),
  ).rejects.toThrow(/leads out/);
  await rm(join(root, "obj/deep"));
  await rename(join(root, "obj/was"), join(root, "obj/deep"));
  await expect(filesWith({ resolved: swapAt(2) }).remove("/work/obj/deep/file")).rejects.toThrow(/leads out/);
  expect(await readdir(join(root, "outside"))).toEqual(["file"]);
  expect(await readFile(join(root, "outside/file"), "utf8")).toBe("outside");
});

/** Puts the folder back in its place. */
async function putBack(): Promise<void> {
  await rm(join(root, "obj/deep"));
  await rename(join(root, "obj/was"), join(root, "obj/deep"));
}

test.runIf(process.platform === "linux")(
  "a folder that becomes a link after it was looked at is still the one that was meant",
  async () => {
    const once = () => filesWith({ checked: swapAt(1) });
    expect(String(await once().read("/work/obj/deep/file"))).toBe("inside");
    await putBack();
    expect((await once().list("/work/obj/deep")).entries).toEqual(["file"]);
    await putBack();
    await once().write("/work/obj/deep/file", Buffer.from("written"));
    await putBack();
    expect(await readFile(join(root, "obj/deep/file"), "utf8")).toBe("written");
    await once().remove("/work/obj/deep/file");
    await putBack();
    expect(await readdir(join(root, "obj/deep"))).toEqual([]);
    expect(await readdir(join(root, "outside"))).toEqual(["file"]);
    expect(await readFile(join(root, "outside/file"), "utf8")).toBe("outside");
  },
);

test("a link that stands there for a moment only is not read through", async () => {
  const briefly = filesWith({ resolved: swapAt(1), checked: putBack });
  await expect(briefly.read("/work/obj/deep/file")).rejects.toThrow(/leads out/);
});

test("folders are made beside a link that comes in their way, and never behind it", async () => {
  await mkdir(join(root, "obj/deep/a"));
  const swapping = filesWith({ checked: swapAt(1) });
  const writing = swapping.write("/work/obj/deep/a/b/c/file", Buffer.from("x"));
  await expect(writing).rejects.toThrow(/leads out|ENOENT/);
  expect(await readdir(join(root, "outside"))).toEqual(["file"]);
});

test("a list of a folder that becomes a link leads nowhere", async () => {
  await expect(filesWith({ resolved: swapAt(1) }).list("/work/obj/deep")).rejects.toThrow(/leads out/);
});

test("two who write into a new folder at once both find it", async () => {
  const files = [filesWith(), filesWith()];
  await Promise.all(files.map((one, n) => one.write(`/work/obj/x/y/z/${n}`, Buffer.from("x"))));
  expect(await readdir(join(root, "obj/x/y/z"))).toEqual(["0", "1"]);
});

test("a device is not opened", async (context) => {
  try {
    execFileSync("mknod", [join(root, "obj/device"), "c", "1", "5"], { stdio: "ignore" });
  } catch {
    context.skip("no device can be made here");
  }
  await expect(filesWith().read("/work/obj/device")).rejects.toThrow("not a regular file");
  await expect(filesWith().write("/work/obj/device", Buffer.from("x"))).rejects.toThrow("not a regular file");
  expect(await filesWith().stat("/work/obj/device")).toMatchObject({ type: "other" });
});

test("a link to a path of the host is refused, also where what follows its first letters is a path here", async () => {
  await symlink("/home/obj/deep/file", join(root, "obj/link"));
  await expect(filesWith().read("/work/obj/link")).rejects.toThrow(/leads out/);
});

test("a path with .. is refused even where it stays inside", async () => {
  await expect(filesWith().read("/work/obj/deep/../deep/file")).rejects.toThrow(/"\.\." is not allowed/);
});

test("a list that holds just as many as asked for is whole", async () => {
  await writeFile(join(root, "obj/deep/second"), "");
  expect(await filesWith().list("/work/obj/deep", 2)).toEqual({
    entries: ["file", "second"],
    truncated: false,
  });
  expect(await filesWith().list("/work/obj/deep", 1)).toEqual({ entries: ["file"], truncated: true });
});
