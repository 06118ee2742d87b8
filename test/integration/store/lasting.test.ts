import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

/** What a process that keeps one content and one story asks of the kernel, in order; null where that cannot be seen here. */
async function calls(dir: string): Promise<{ sha256: string; lines: string[] } | null> {
  const script = new URL("lasting.ts", import.meta.url).pathname;
  const traced = "trace=fsync,fdatasync,rename,renameat,renameat2,write";
  const trace = join(dir, "trace");
  const { status, stdout } = spawnSync(
    "strace",
    ["-f", "-y", "-e", traced, "-o", trace, process.execPath, script, join(dir, "state")],
    { encoding: "utf8" },
  );
  if (status !== 0) return null;
  return { sha256: stdout, lines: (await readFile(trace, "utf8")).split("\n") };
}

test("what is told to be kept was waited for: content, its name, its folder's name, and each transaction", async ({
  skip,
}) => {
  const dir = await mkdtemp(join(tmpdir(), "portwright-lasting-"));
  try {
    const seen = await calls(dir);
    if (seen === null) return skip("needs strace and the right to trace");
    const { sha256, lines } = seen;
    const after = (start: number, what: RegExp): number =>
      lines.findIndex((line, index) => index > start && what.test(line));
    const folder = `${join(dir, "state/blobs")}/${sha256.slice(0, 2)}`;
    const packed = after(-1, /f(data)?sync\(\d+<[^>]*\/blobs\/tmp\/1>/);
    const made = after(-1, new RegExp(`fsync\\(\\d+<${join(dir, "state/blobs")}>`));
    const named = after(
      packed,
      new RegExp(`rename.*/${sha256.slice(2)}\\.gz"(, 0)?\\) += 0|rename.*resumed.* = 0`),
    );
    const lasts = after(named, new RegExp(`fsync\\(\\d+<${folder}>`));
    const begins = after(-1, /write\(2.*story begins/);
    const ends = after(-1, /write\(2.*story ends/);
    expect([packed, made, named, lasts].every((place) => place >= 0 && place < begins)).toBe(true);
    const meanwhile = lines.slice(begins, ends);
    expect(meanwhile.filter((line) => /f(data)?sync\(\d+<[^>]*state\.db-wal>/.test(line))).toHaveLength(1);
  } finally {
    await rm(dir, { recursive: true });
  }
});
