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

/** Files of an environment in which something happens right after a path was resolved. */
function filesWith(meanwhile: () => Promise<void> = async () => {}) {
  class Watched extends Namespace {
    override async resolve(path: string, options: { lastLink: "follow" | "refuse" }) {
      const resolved = await super.resolve(path, options);
      await meanwhile();
      return resolved;
    }
  }
  const mounts = [{ virtual: "/work/obj", host: join(root, "obj") }];
  const namespace = new Watched(
    () => mounts,
    (path) => path,
  );
  return createFiles({ namespace, newId: () => "new", refuseHardLinks: true });
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
  await expect(filesWith(swapAt(1)).read("/work/obj/deep/file")).rejects.toThrow(/leads out/);
  await rm(join(root, "obj/deep"));
  await rename(join(root, "obj/was"), join(root, "obj/deep"));
  await expect(filesWith(swapAt(1)).write("/work/obj/deep/file", Buffer.from("x"))).rejects.toThrow(
    /leads out/,
  );
  await rm(join(root, "obj/deep"));
  await rename(join(root, "obj/was"), join(root, "obj/deep"));
  await expect(filesWith(swapAt(2)).remove("/work/obj/deep/file")).rejects.toThrow(/leads out/);
  expect(await readdir(join(root, "outside"))).toEqual(["file"]);
  expect(await readFile(join(root, "outside/file"), "utf8")).toBe("outside");
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
