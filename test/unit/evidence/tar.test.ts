import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { decodeValue, encodeValue } from "../../../server/src/evidence/encoding.ts";
import { EvidenceError } from "../../../server/src/evidence/errors.ts";
import { isTar, packTar, unpackTar } from "../../../server/src/evidence/tar.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-tar-"));
});
afterEach(() => rm(dir, { recursive: true }));

async function pack(files: Record<string, string>, name = "bundle"): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, "in", path)), { recursive: true });
    await writeFile(join(dir, "in", path), content);
  }
  await packTar(join(dir, "in"), name, join(dir, "a.tar"), 1_700_000_000);
  return join(dir, "a.tar");
}

test("what is packed comes out again, whatever the names and sizes", async () => {
  const files = {
    "meta.txt": "a=b\n",
    "port/files/ünï©ode name": "x".repeat(513),
    [`port/${"deep/".repeat(5)}${"long".repeat(50)}`]: "",
    "logs/full": "y".repeat(512 * 3),
  };
  const archive = await pack(files);
  expect(await isTar(archive)).toBe(true);
  expect((await readFile(archive)).length % 512).toBe(0);
  await unpackTar(archive, join(dir, "out"));
  for (const [path, content] of Object.entries(files))
    expect(await readFile(join(dir, "out/bundle", path), "utf8")).toBe(content);
});

test("damage, cuts and noise are refused and lead nowhere", async () => {
  const whole = await readFile(await pack({ "meta.txt": "a=b\n", "logs/full": "y".repeat(2000) }));
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), async (at, byte, cut) => {
      const damaged = Buffer.from(whole.subarray(0, cut));
      if (at < cut) damaged[at] = byte;
      const [archive, out] = [join(dir, `d${++round}.tar`), join(dir, `o${round}`)];
      await writeFile(archive, damaged);
      await mkdir(out);
      await unpackTar(archive, out).catch((error: unknown) => {
        expect(error).toBeInstanceOf(EvidenceError);
      });
      expect(await readdir(dir)).not.toContain("meta.txt");
    }),
    { numRuns: 60 },
  );
});

test("values are encoded as the hooks do, and back", () => {
  expect(encodeValue("a%b\tc\nö~ !")).toBe("a%25b%09c%0A%C3%B6~ !");
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      (text) => void expect(decodeValue(encodeValue(text))).toBe(text),
    ),
  );
});
