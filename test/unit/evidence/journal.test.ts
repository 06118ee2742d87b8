import { appendFile, mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EvidenceError } from "../../../server/src/evidence/errors.ts";
import { type JournalCursor, type JournalRecord, readJournal } from "../../../server/src/evidence/journal.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "journal-"));
  path = join(folder, "events.log");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const START = { offset: 0 };

function line(origin: string, event = "failure"): string {
  return `PW1\tev=${event}\trun=R1\tprofile=P\torigin=${origin}\tflavor=\tpkgname=x-1.pkg\tbundle=R1/B\tt=5\t.\n`;
}

async function readAll(from: JournalCursor, limit: number) {
  const records: JournalRecord[] = [];
  let cursor = from;
  let damaged = 0;
  for (;;) {
    const page = await readJournal(path, cursor, limit);
    records.push(...page.records);
    damaged += page.damaged;
    cursor = page.cursor;
    if (!page.more) return { records, cursor, damaged };
  }
}

describe("records", () => {
  test("are typed and decoded", async () => {
    await writeFile(
      path,
      "PW1\tev=failure\trun=R1\tprofile=P%25\torigin=a/b%09c\tflavor=py311\tpkgname=%C3%A9\tbundle=R1/B\tphase=build\t.\n",
    );
    const { records } = await readJournal(path, START);
    expect(records).toMatchObject([
      {
        event: "failure",
        run: "R1",
        profile: "P%",
        origin: "a/b\tc",
        flavor: "py311",
        pkgname: "é",
        bundle: "R1/B",
        offset: 0,
        fields: { phase: "build" },
      },
    ]);
  });

  test("a half-written last line stays for later", async () => {
    const half = line("b/b");
    await writeFile(path, line("a/a") + half.slice(0, 20));
    const first = await readJournal(path, START);
    expect(first.records.map(({ origin }) => origin)).toEqual(["a/a"]);
    await appendFile(path, half.slice(20));
    const second = await readJournal(path, first.cursor);
    expect(second).toMatchObject({ damaged: 0, restarted: false, records: [{ origin: "b/b" }] });
    expect((await readJournal(path, second.cursor)).records).toEqual([]);
  });

  test("torn and foreign lines are skipped and counted, a whole record glued behind one is kept", async () => {
    await writeFile(
      path,
      `PW1\tev=fail\n\x00\xff junk\nPW1\tev=success\trun=${line("a/a")}PW1\tnonsense\t.\n${line("b/b")}`,
    );
    const page = await readJournal(path, START);
    expect(page.records.map(({ origin }) => origin)).toEqual(["a/a", "b/b"]);
    expect(page.damaged).toBe(4);
  });

  test("events of a later version are passed over without complaint", async () => {
    await writeFile(path, line("a/a", "sneezed") + line("b/b"));
    expect(await readJournal(path, START)).toMatchObject({ damaged: 0, records: [{ origin: "b/b" }] });
  });

  test("a line of megabytes is one piece of damage", async () => {
    await writeFile(path, `${"x".repeat(3_000_000)}\n${line("a/a")}`);
    expect(await readJournal(path, START)).toMatchObject({ damaged: 1, records: [{ origin: "a/a" }] });
  });
});

describe("cursors", () => {
  test("each record comes once, whatever the page size and however the writes were cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 90 }),
        async (names, limit, piece) => {
          await writeFile(path, "");
          const bytes = Buffer.from(names.map((name) => line(name)).join(""));
          const seen: string[] = [];
          let cursor: JournalCursor = START;
          for (let at = 0; at < bytes.length; at += piece) {
            await appendFile(path, bytes.subarray(at, at + piece));
            const page = await readAll(cursor, limit);
            cursor = page.cursor;
            expect(page.damaged).toBe(0);
            seen.push(...page.records.map(({ origin }) => origin));
          }
          expect(seen).toEqual(names);
        },
      ),
      { numRuns: 25 },
    );
  });

  test("a replaced journal is read from its start", async () => {
    await writeFile(path, line("a/a") + line("b/b"));
    const { cursor } = await readJournal(path, START);
    await rename(path, join(folder, "old"));
    await writeFile(path, line("c/c").repeat(9));
    expect(await readJournal(path, cursor)).toMatchObject({ restarted: true, records: { length: 9 } });
  });

  test("a journal cut short is read from its start", async () => {
    await writeFile(path, line("a/a") + line("b/b"));
    const { cursor } = await readJournal(path, START);
    await truncate(path, 0);
    await appendFile(path, line("c/c"));
    expect(await readJournal(path, cursor)).toMatchObject({ restarted: true, records: [{ origin: "c/c" }] });
  });

  test("a journal cut and grown again beyond its old end is read from its start", async () => {
    await writeFile(path, line("a/a") + line("b/b"));
    const { cursor } = await readJournal(path, START);
    await truncate(path, 0);
    await appendFile(path, line("c/c") + line("d/d") + line("e/e"));
    const page = await readJournal(path, cursor);
    expect(page).toMatchObject({ restarted: true, records: { length: 3 } });
    await appendFile(path, line("f/f"));
    expect(await readJournal(path, page.cursor)).toMatchObject({ restarted: false, records: { length: 1 } });
  });

  test("a page ends with the record that fills it, and the next one goes on behind that", async () => {
    await writeFile(path, ["a/a", "b/b", "c/c", "d/d"].map((origin) => `torn\n${line(origin)}`).join(""));
    const first = await readJournal(path, START, 10, ({ origin }) => origin === "b/b");
    expect(first).toMatchObject({ records: { length: 2 }, damaged: 2, more: true });
    const rest = await readJournal(path, first.cursor);
    expect(rest).toMatchObject({ records: [{ origin: "c/c" }, { origin: "d/d" }], damaged: 2, more: false });
  });

  test("an absent journal is an empty one; a folder or link in its place is an error", async () => {
    expect(await readJournal(path, START)).toMatchObject({ records: [], cursor: START });
    await mkdir(path);
    await expect(readJournal(path, START)).rejects.toThrow(EvidenceError);
    await symlink(path, join(folder, "link"));
    await expect(readJournal(join(folder, "link"), START)).rejects.toThrow(EvidenceError);
  });
});
