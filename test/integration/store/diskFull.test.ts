import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { NewEvent } from "../../../server/src/protocol/index.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { everything, inSilence } from "./prunable.ts";

/** A file system of 2 MB; null where this process may not mount one. */
async function smallDisk(): Promise<{ dir: string; remove: () => Promise<void> } | null> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return null;
  const dir = await mkdtemp(join(tmpdir(), "portwright-full-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", dir], { stdio: "ignore" });
  } catch {
    // Root without the right to mount, as in most containers.
    await rm(dir, { recursive: true });
    return null;
  }
  const remove = async () => {
    execFileSync("umount", [dir]);
    await rm(dir, { recursive: true });
  };
  return { dir, remove };
}

const note = (length: number): NewEvent => ({
  type: "note/recorded",
  payload: { caseId: null, who: "me", text: "x".repeat(length) },
});

test("a full disk is told as such, nothing half-written shows, and work goes on once there is space", async ({
  skip,
}) => {
  const disk = await smallDisk();
  if (disk === null) return skip("needs root on Linux and the right to mount a tmpfs");
  try {
    const { dir } = disk;
    const store = openStore({ dir, now: () => 1 });
    const before = await store.blobs.put(Buffer.from("small"));
    writeFileSync(join(dir, "ballast"), randomBytes(900_000));

    await expect(store.blobs.put(randomBytes(2_000_000))).rejects.toMatchObject({
      kind: "badState",
      message: /No space/,
    });
    expect(readdirSync(join(dir, "blobs")).sort()).toEqual([before.slice(0, 2), "tmp"].sort());
    expect(readdirSync(join(dir, "blobs", "tmp"))).toEqual([]);

    let accepted = 0;
    const fill = () => {
      for (;;) {
        store.append([note(20_000)]);
        accepted++;
      }
    };
    expect(fill).toThrow(
      expect.objectContaining({ kind: "badState", message: expect.stringMatching(/No space/) }),
    );
    expect([store.lastSeq(), store.events(0, 1000).length]).toEqual([accepted, accepted]);
    expect((await store.blobs.read(before)).data.toString()).toBe("small");

    execFileSync("rm", [join(dir, "ballast")]);
    expect(store.append([note(10)]).map(({ seq }) => seq)).toEqual([accepted + 1]);
    store.close();
    const again = openStore({ dir, now: () => 1 });
    expect(again.lastSeq()).toBe(accepted + 1);
    expect(statSync(join(dir, "state.db")).size).toBeGreaterThan(0);
    again.close();
  } finally {
    await disk.remove();
  }
});

test("pruning that finds no space says so and takes nothing out; with some it frees the room of what goes", async ({
  skip,
}) => {
  const disk = await smallDisk();
  if (disk === null) return skip("needs root on Linux and the right to mount a tmpfs");
  let store: Store | undefined;
  try {
    const { dir } = disk;
    const told = openStore({ dir, now: () => 1 });
    for (let n = 0; n < 20; n++)
      told.append([
        { type: "target/seen", payload: { name: "@main".padEnd(20_000, String(n % 2)), firstSeenAt: n } },
      ]);
    told.close();
    store = openStore({ dir, now: () => 1 });
    const before = store.events(0, 1000);
    expect(() => {
      for (let n = 0; ; n++) writeFileSync(join(dir, `ballast${n}`), randomBytes(4096));
    }).toThrow(/ENOSPC/);
    await expect(store.prune(everything(2), inSilence)).rejects.toMatchObject({
      kind: "badState",
      message: expect.stringMatching(/No space/),
    });
    expect([store.events(0, 1000), store.pruned().horizon]).toEqual([before, 0]);

    for (const name of readdirSync(dir)) if (name.startsWith("ballast")) rmSync(join(dir, name));
    const { events } = await store.prune(everything(2), inSilence);
    expect(store.events(0, 1000)).toHaveLength(before.length - events);
    expect([events > 10, store.targets().length]).toEqual([true, 2]);
  } finally {
    store?.close();
    await disk.remove();
  }
});
