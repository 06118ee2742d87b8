import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

let dir: string;
/** What a process that keeps and copies a state asks of the kernel, in order; null where that cannot be seen here. */
let seen: { sha256: string; lines: string[] } | null;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-lasting-"));
  const script = new URL("lasting.ts", import.meta.url).pathname;
  const traced = "trace=fsync,fdatasync,rename,renameat,renameat2,write,openat";
  const trace = join(dir, "trace");
  const { status, stdout } = spawnSync(
    "strace",
    ["-f", "-y", "-e", traced, "-o", trace, process.execPath, script, dir],
    { encoding: "utf8" },
  );
  seen = status === 0 ? { sha256: stdout, lines: readFileSync(trace, "utf8").split("\n") } : null;
});
afterAll(() => rm(dir, { recursive: true }));

const missing = "needs strace and the right to trace";
const after = (lines: readonly string[], start: number, what: RegExp): number =>
  lines.findIndex((line, index) => index > start && what.test(line));

test("what is told to be kept was waited for: content, its name, its folder's name, and each transaction", ({
  skip,
}) => {
  if (seen === null) return skip(missing);
  const { sha256, lines } = seen;
  const folder = `${join(dir, "state/blobs")}/${sha256.slice(0, 2)}`;
  const packed = after(lines, -1, /f(data)?sync\(\d+<[^>]*\/blobs\/tmp\/1>/);
  const made = after(lines, -1, new RegExp(`fsync\\(\\d+<${join(dir, "state/blobs")}>`));
  const named = after(
    lines,
    packed,
    new RegExp(`rename.*/${sha256.slice(2)}\\.gz"(, 0)?\\) += 0|rename.*resumed.* = 0`),
  );
  const lasts = after(lines, named, new RegExp(`fsync\\(\\d+<${folder}>`));
  const begins = after(lines, -1, /write\(2.*story begins/);
  const ends = after(lines, -1, /write\(2.*story ends/);
  expect([packed, made, named, lasts].every((place) => place >= 0 && place < begins)).toBe(true);
  const meanwhile = lines.slice(begins, ends);
  expect(meanwhile.filter((line) => /f(data)?sync\(\d+<[^>]*state\.db-wal>/.test(line))).toHaveLength(1);
});

test("what a transaction may have to undo is kept in memory, not in a file of its own", ({ skip }) => {
  if (seen === null) return skip(missing);
  const { lines } = seen;
  const [begins, ends] = [/story ends/, /cases end/].map((what) => after(lines, -1, what));
  expect(ends).toBeGreaterThan(begins ?? -1);
  expect(lines.slice(begins, ends).filter((line) => /O_TMPFILE|etilqs_/.test(line))).toEqual([]);
});

test.for([
  { from: "backup begins", to: "backup ends", copy: "far/copy", above: ["", "far"] },
  { from: "backup ends", to: "restore ends", copy: "other", above: ["", "other"] },
])(
  "a copy that is told to be made was waited for, before $to: $copy",
  ({ from, to, copy, above }, { skip }) => {
    if (seen === null) return skip(missing);
    const place = join(dir, copy);
    const begins = after(seen.lines, -1, new RegExp(`write\\(2.*${from}`));
    const lines = seen.lines.slice(begins, after(seen.lines, -1, new RegExp(`write\\(2.*${to}`)));
    /** Names that it had while it was made: below `.copy.PID`, or as `state.db.new`. */
    const synced = (path: string) => new RegExp(`fsync\\(\\d+<${dir}/${path}>`);
    const within = (path: string) => (copy === "other" ? `${copy}${path}` : `far/\\.copy\\.\\d+${path}`);
    const made = readdirSync(place, { recursive: true, withFileTypes: true })
      .map((entry) => `/${relative(place, join(entry.parentPath, entry.name))}`)
      .filter((path) => !/lock|state\.db-/.test(path));
    expect(made).toHaveLength(5);
    const named = lines.findLastIndex((line) => /rename/.test(line) && line.includes(`"${place}`));
    const waited = (path: string) =>
      lines.slice(0, named).findLastIndex((line) => synced(within(path)).test(line));
    for (const path of made) {
      const file = waited(path === "/state.db" && copy === "other" ? "/state.db.new" : path);
      expect(file, path).toBeGreaterThan(-1);
      expect(waited(dirname(path).replace(/^\/$/, "")), `folder of ${path}`).toBeGreaterThan(file);
    }
    const [outer = "", inner = ""] = above;
    expect(after(lines, -1, new RegExp(`fsync\\(\\d+<${join(dir, outer)}>`))).toBeGreaterThan(-1);
    expect(after(lines, named, synced(inner))).toBeGreaterThan(-1);
  },
);
