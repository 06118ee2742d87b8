import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { resolveCase } from "../../../server/src/tracker/resolve.ts";
import { sampleCase, sampleStory } from "../../fixtures/states/entities.ts";

let dir: string;
let store: Store;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-resolve-"));
  store = openStore({ dir, now: () => 1 });
  store.append(sampleStory());
  const add = (id: string, changes: Parameters<typeof sampleCase>[0]) =>
    store.append([{ type: "case/changed", payload: sampleCase({ id, ...changes }) }]);
  add("c0ffee01", { origin: "devel/readline" });
  add("c0ffee02", { origin: "devel/readline", flavor: "py311" });
  add("beef0001", { origin: "lang/ruby", flavor: "v33" });
  add("beef0002", { origin: "www/apache", target: "@2026Q2", state: "closed" });
  add("beef0003", { origin: "www/apache", target: "@2026Q3" });
  add("feed0001", { origin: "net/curl", target: "@2026Q2" });
  add("feed0002", { origin: "net/curl", target: "@2026Q3" });
});
afterAll(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

describe("a case is named", () => {
  test.each([
    ["by its id", "c0ffee02", undefined, "c0ffee02"],
    ["by the beginning of its id", "case", undefined, "case-1"],
    ["by origin and flavor", "devel/readline@py311", undefined, "c0ffee02"],
    ["by origin: the port without flavor first", "devel/readline", undefined, "c0ffee01"],
    ["by origin: the only flavor", "lang/ruby", undefined, "beef0001"],
    ["by origin: the only one not closed", "www/apache", undefined, "beef0003"],
    ["by origin and target, closed or not", "www/apache", "@2026Q2", "beef0002"],
    ["by origin and target", "net/curl", "@2026Q3", "feed0002"],
  ])("%s", (_, ref, target, id) => {
    expect(resolveCase(store, ref, target).id).toBe(id);
  });

  test.each([
    ["net/curl", "badParams", /several cases: .*@2026Q3 \(feed0002\).*@2026Q2 \(feed0001\)/],
    ["c0ffee", "badParams", /devel\/readline@py311 on @main \(c0ffee02\)/],
    ["devel/raedline", "notFound", /Nearest: devel\/readline on @main/],
    ["curl", "notFound", /Nearest: net\/curl/],
    ["devel/readline@py312", "notFound", /Nearest: devel\/readline@py311/],
    ["zzzzzzzzzz", "notFound", /portwright cases/],
    ["%", "notFound", /No case "%"/],
  ])("%s: %s", (ref, kind, message) => {
    expect(() => resolveCase(store, ref)).toThrow(
      expect.objectContaining({ kind, message: expect.stringMatching(message) }),
    );
  });

  test("by what only it has among ever so many, and the others are counted", () => {
    const many = Array.from({ length: 120 }, (_, n) => ({
      id: `dead${n}x`,
      openedAt: 2000 + n,
      closed: true,
    }));
    const some = [...many, { id: "dead-open", openedAt: 1, closed: false }];
    store.append(
      some.map(({ id, openedAt, closed }) => ({
        type: "case/changed",
        payload: sampleCase({ id, openedAt, target: `@${id}`, state: closed ? "closed" : "open" }),
      })),
    );
    expect(resolveCase(store, "dead").id).toBe("dead-open");
    expect(() => resolveCase(store, "dead1")).toThrow(/several cases: .*, 25 more\. Name one/);
  });

  test("of a target without cases", () => {
    expect(() => resolveCase(store, "devel/one", "@none")).toThrow(/there are no cases on target @none yet/);
  });
});
