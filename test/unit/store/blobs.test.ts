import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openLog } from "../../../server/src/evidence/log.ts";
import { openBlobs } from "../../../server/src/store/blobs.ts";
import type { BlobStore } from "../../../server/src/store/types.ts";

const run = promisify(execFile);
const sha256 = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");

let dir: string;
let blobs: BlobStore;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-blobs-"));
  blobs = openBlobs(join(dir, "blobs"));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

const placeOf = (hash: string) => join(dir, "blobs", hash.slice(0, 2), `${hash.slice(2)}.gz`);

test("any content comes back whole and in every range, from put and from files, packed or not", async () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc.string({ maxLength: 500 }).map((s) => Buffer.from(s)),
  );
  await fc.assert(
    fc.asyncProperty(content, fc.nat(2100), fc.nat(2100), async (bytes, offset, length) => {
      const hash = sha256(bytes);
      await writeFile(join(dir, "plain"), bytes);
      await writeFile(join(dir, "packed.gz"), gzipSync(bytes));
      expect(await blobs.put(bytes)).toBe(hash);
      expect(await blobs.putFile(join(dir, "plain"))).toEqual({ sha256: hash, bytes: bytes.length });
      expect(await blobs.putFile(join(dir, "packed.gz"))).toEqual({ sha256: hash, bytes: bytes.length });
      expect(await blobs.has(hash)).toBe(true);
      expect(await blobs.read(hash)).toEqual({ data: Buffer.from(bytes), bytes: bytes.length });
      const part = await blobs.read(hash, { offset, length });
      expect(part).toEqual({
        data: Buffer.from(bytes).subarray(offset, offset + length),
        bytes: bytes.length,
      });
    }),
    { numRuns: 60 },
  );
});

test.each<[string, Buffer, Buffer?]>([
  ["as long as what is unpacked in one go", Buffer.alloc(256 << 10, "line\n")],
  ["a byte longer", Buffer.alloc((256 << 10) + 1, "line\n")],
  ["packed to more than what is read in one go", randomBytes(70_000)],
  ["of two members, whose end tells of the last alone", Buffer.alloc(200_000, "a"), Buffer.from("b")],
  ["of two members that are long together", Buffer.alloc(200_000, "a"), Buffer.alloc(200_000, "b")],
])("a packed file %s is taken whole", async (_name, first, second = Buffer.alloc(0)) => {
  const content = Buffer.concat([first, second]);
  const members = second.length === 0 ? [first] : [first, second];
  await writeFile(join(dir, "packed.gz"), Buffer.concat(members.map((member) => gzipSync(member))));
  const taken = { sha256: sha256(content), bytes: content.length };
  expect(await blobs.putFile(join(dir, "packed.gz"))).toEqual(taken);
  expect((await blobs.read(taken.sha256)).data.equals(content)).toBe(true);
  const { chunks, ...log } = await openLog(join(dir, "packed.gz"));
  const pieces: Buffer[] = [];
  for await (const chunk of chunks) pieces.push(Buffer.from(chunk));
  expect(Buffer.concat(pieces).equals(content)).toBe(true);
  expect(log.problems).toEqual([]);
});

test("a large file is read in ranges across its chunks", async () => {
  const content = Buffer.concat(
    Array.from({ length: 40 }, (_, n) => Buffer.concat([randomBytes(70_000), Buffer.alloc(30_000, n)])),
  );
  await writeFile(join(dir, "large.log"), content);
  const { sha256: hash } = await blobs.putFile(join(dir, "large.log"));
  for (const offset of [0, 1, 262_143, 262_144, 1_000_000, 3_999_999, 4_000_000, 5_000_000]) {
    const { data, bytes } = await blobs.read(hash, { offset, length: 262_144 });
    expect(data.equals(content.subarray(offset, offset + 262_144)), String(offset)).toBe(true);
    expect(bytes).toBe(content.length);
  }
});

test("it is a gzip file under its hash, for the owner only, and nothing is left aside", async () => {
  const hash = await blobs.put(Buffer.from("hello"));
  expect(gunzipSync(await readFile(placeOf(hash))).toString()).toBe("hello");
  expect((await stat(placeOf(hash))).mode & 0o077).toBe(0);
  expect(await readdir(join(dir, "blobs", "tmp"))).toEqual([]);
});

test("many writers of the same content at once", async () => {
  const hashes = await Promise.all(
    Array.from({ length: 20 }, (_, n) => blobs.put(Buffer.from(`content ${n % 3}`))),
  );
  expect(new Set(hashes).size).toBe(3);
  for (const hash of hashes) expect((await blobs.read(hash)).data.toString()).toMatch(/^content \d$/);
});

test("what a killed process left aside is swept and never seen", async () => {
  await mkdir(join(dir, "blobs", "tmp"), { recursive: true });
  await writeFile(join(dir, "blobs", "tmp", "1"), "half");
  await blobs.put(Buffer.from("x"));
  expect(await readdir(join(dir, "blobs", "tmp"))).toEqual([]);
});

describe("what cannot be had", () => {
  test.each(["0".repeat(64), "", "../../etc/passwd", "A".repeat(64), `${"0".repeat(62)}/.`])(
    "hash %j",
    async (hash) => {
      expect(await blobs.has(hash)).toBe(false);
      await expect(blobs.read(hash)).rejects.toMatchObject({ kind: "notFound" });
    },
  );

  test("sources that are missing, links, folders, pipes or cut gzip files leave nothing behind", async () => {
    const kept = await blobs.put(Buffer.from("kept"));
    await symlink("/etc/hostname", join(dir, "link"));
    await run("mkfifo", [join(dir, "pipe")]);
    await writeFile(join(dir, "cut.gz"), gzipSync(randomBytes(9000)).subarray(0, 5000));
    await writeFile(join(dir, "text.gz"), "no gzip at all");
    await expect(blobs.putFile(join(dir, "absent"))).rejects.toMatchObject({ kind: "notFound" });
    for (const name of ["link", "pipe", "cut.gz", "text.gz", "."])
      await expect(blobs.putFile(join(dir, name)), name).rejects.toMatchObject({ kind: "badParams" });
    expect(await readdir(join(dir, "blobs"))).toEqual([kept.slice(0, 2), "tmp"]);
    expect(await readdir(join(dir, "blobs", "tmp"))).toEqual([]);
  });

  test("damaged content is told from missing content", async () => {
    const hash = await blobs.put(randomBytes(5000));
    expect(await blobs.check(hash)).toBe(5000);
    const refused = async () => {
      await expect(blobs.read(hash)).rejects.toMatchObject({ kind: "internal", message: /damaged/ });
      await expect(blobs.check(hash)).rejects.toMatchObject({ kind: "internal", message: /damaged/ });
    };
    const whole = await readFile(placeOf(hash));
    await chmod(placeOf(hash), 0o600);
    await truncate(placeOf(hash), 3000);
    await refused();
    await truncate(placeOf(hash), 0);
    await expect(blobs.read(hash, { offset: 0, length: 10 })).rejects.toMatchObject({ kind: "internal" });
    const flipped = Buffer.from(whole);
    flipped[2500] = (flipped[2500] ?? 0) ^ 1;
    await writeFile(placeOf(hash), flipped);
    await refused();
    await writeFile(placeOf(hash), gzipSync("another text"));
    await refused();
    await rename(placeOf(hash), join(dir, "aside"));
    await writeFile(join(dir, "aside"), whole);
    for (const put of [
      () => symlink(join(dir, "aside"), placeOf(hash)),
      () => run("mkfifo", [placeOf(hash)]),
    ]) {
      await put();
      await refused();
      await rm(placeOf(hash));
    }
    await expect(blobs.check(hash)).rejects.toMatchObject({ kind: "notFound" });
  });
});
