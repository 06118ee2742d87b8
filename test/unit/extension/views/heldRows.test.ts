import { setImmediate as breath } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { HeldRows } from "../../../../extension/src/views/heldRows.ts";
import { messageRow } from "../../../../extension/src/views/row.ts";

interface Node {
  id: string;
  text: string;
  below?: readonly Node[];
}

/** What the builder would say; a test changes it. */
let truth: readonly Node[];
/** Ids of the rows below which was read; "" is the top. */
let reads: string[];
/** Awaited while rows are read, below the row of that id. */
let during: (id: string) => unknown;
let rows: HeldRows<Node>;

/** Asks for all rows and draws them, as the editor does for those that are open. */
async function showAll(node?: Node): Promise<string[]> {
  const below = await rows.below(node);
  const shown: string[] = [];
  for (const row of below) shown.push(rows.draw(row).label, ...(await showAll(row)));
  return shown;
}

async function rowNamed(id: string): Promise<Node> {
  const find = async (node?: Node): Promise<Node | undefined> => {
    for (const row of await rows.below(node)) {
      const found = row.id === id ? row : await find(row);
      if (found) return found;
    }
    return undefined;
  };
  const found = await find();
  if (!found) throw new Error(`no row ${id}`);
  return found;
}

const session = (text: string): Node => ({ id: "session", text });
const running = (...below: Node[]): Node => ({ id: "running", text: `Running ${below.length}`, below });
const recent = (...below: Node[]): Node => ({ id: "recent", text: "Recent", below });

beforeEach(() => {
  truth = [running(session("AUTO")), recent({ id: "old", text: "fixed" })];
  reads = [];
  during = () => breath();
  rows = new HeldRows<Node>({
    idOf: ({ id }) => id,
    rowOf: ({ id, text }) => ({ ...messageRow(id, text), id }),
    async read(node) {
      reads.push(node?.id ?? "");
      const answer = (node ? (node.below ?? []) : truth).map((row) => ({ ...row }));
      await during(node?.id ?? "");
      return answer;
    },
  });
});

describe("rows that the editor holds", () => {
  it("has nothing drawn anew where nothing differs", async () => {
    await showAll();
    expect(await rows.refresh()).toEqual([]);
  });

  it("has only the row drawn anew that looks otherwise, which stays the same object", async () => {
    await showAll();
    const before = await rowNamed("session");
    truth = [running(session("paused")), recent({ id: "old", text: "fixed" })];
    const differing = await rows.refresh();
    expect(differing).toHaveLength(1);
    expect(differing[0]).toBe(before);
    expect(rows.draw(before).label).toBe("paused");
    expect(await rows.refresh()).toEqual([]);
  });

  it("has the row drawn anew below which others stand, and answers at once what was read", async () => {
    await showAll();
    const [group, old] = [await rowNamed("running"), await rowNamed("old")];
    truth = [
      running(session("AUTO"), { id: "another", text: "ASSIST" }),
      recent({ id: "old", text: "fixed" }),
    ];
    expect(await rows.refresh()).toEqual([group]);
    reads = [];
    expect((await rows.below(group)).map(({ id }) => id)).toEqual(["session", "another"]);
    expect(await rowNamed("old")).toBe(old);
    expect(reads).toEqual(["another"]);
  });

  it("has all drawn anew only where rows came, went or moved at the top", async () => {
    await showAll();
    const old = await rowNamed("old");
    truth = truth.toReversed();
    expect(await rows.refresh()).toBe("all");
    truth = truth.slice(0, 1);
    expect(await rows.refresh()).toBe("all");
    expect(await showAll()).toEqual(["Recent", "fixed"]);
    expect(await rowNamed("old")).toBe(old);
  });

  it("misses no change that comes while rows are read for the first time", async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    during = () => (reads.length === 1 ? answered : breath());
    const first = rows.below(undefined);
    truth = [recent()];
    const refresh = rows.refresh();
    await breath();
    await breath();
    answer();
    expect(await refresh).toBe("all");
    expect(await first).toHaveLength(2);
    expect(await showAll()).toEqual(["Recent"]);
  });

  it("reads nothing below a closed row, and has it drawn anew when it is opened again", async () => {
    await showAll();
    const group = await rowNamed("running");
    rows.close(group);
    reads = [];
    await rows.refresh();
    expect(reads.toSorted()).toEqual(["", "old", "recent"]);
    expect(rows.open(group)).toBe(true);
    expect(await rows.below(group)).toHaveLength(1);
    expect(rows.open(group)).toBe(false);
  });

  it("takes nothing back below a row that is closed while rows are read", async () => {
    await showAll();
    const group = await rowNamed("running");
    truth = [running({ id: "another", text: "ASSIST" }), recent({ id: "old", text: "fixed" })];
    during = (id) => id === "running" && rows.close(group);
    expect(await rows.refresh()).toEqual([]);
    expect(rows.open(group)).toBe(true);
  });

  it("shows a row once that stands on two pages", async () => {
    truth = [session("AUTO"), session("AUTO")];
    expect(await showAll()).toEqual(["AUTO"]);
  });

  it("draws no character that misleads", async () => {
    truth = [session("fetch\u202ely\u001b[31m, fixed")];
    expect(await showAll()).toEqual(["fetch<U+202E>ly, fixed"]);
    expect(await rows.refresh()).toEqual([]);
  });
});
