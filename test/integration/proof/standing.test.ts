import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { EnvironmentManager } from "../../../server/src/environments/types.ts";
import type { EnvironmentKind } from "../../../server/src/protocol/index.ts";
import { commitAll } from "../environments/support.ts";
import { createProofBench, fix } from "./bench.ts";

test("the same diff on the same trees is proved once, and anew when a person or the trees want it", async () => {
  await using bench = await createProofBench();
  const { store, setup, change } = bench;
  const builds: string[] = [];
  const { builder } = setup;
  const counting: typeof builder = {
    ...builder,
    build: (request) => {
      builds.push(request.origin);
      return builder.build(request);
    },
  };
  /** The proof that the case then shows, and how many builds that took. */
  async function verify(anew = false): Promise<[string | null, number]> {
    builds.length = 0;
    const { state, proofId, handOver } = await bench.verify({ setup: { builder: counting }, anew });
    expect(state, handOver ?? "").toBe("waiting");
    return [proofId, builds.length];
  }
  const diffSha256 = await store.blobs.put(Buffer.from(await fix("04-tilerun.diff")));
  change({ diffSha256 });
  const [first, took] = await verify();
  expect(took).toBe(2);
  change({ state: "escalated", proofId: null });
  expect(await verify()).toEqual([first, 0]);
  expect(store.proofsOf("case-1")).toHaveLength(1);

  const [second, again] = await verify(true);
  expect([second === first, again]).toEqual([false, 2]);

  change({ phase: "configure" });
  expect((await verify())[1]).toBe(2);
  const [third] = await verify();

  writeFileSync(join(bench.place.trees.deltaPorts, "ports/later.txt"), "x");
  commitAll(bench.place.trees.deltaPorts, "Go on");
  const [fourth, moved] = await verify();
  expect([fourth === third, moved]).toEqual([false, 2]);
});

test("a proof of another host names how that host kept its environments apart, and stands for just that", async () => {
  await using bench = await createProofBench();
  const { store, change, manager } = bench;
  change({ diffSha256: await store.blobs.put(Buffer.from(await fix("04-tilerun.diff"))) });
  /** A host that makes environments of these kinds, one after the other; the last one is the one it names. */
  async function verify(...kinds: EnvironmentKind[]) {
    const made = [...kinds];
    const far: EnvironmentManager = {
      ...manager,
      ...{ kind: "ssh", farKind: kinds.at(-1) },
      async create(request) {
        const environment = await manager.create(request);
        return { ...environment, kind: "ssh", farKind: made.shift() ?? "plain" };
      },
    };
    change({ state: "escalated", proofId: null });
    await bench.verify({ setup: { manager: far } });
    return store.proofsOf("case-1").map(({ verdict, farKind }) => [verdict, farKind]);
  }
  const first = ["proved", "bwrap"];
  expect(await verify("bwrap", "bwrap")).toEqual([first]);
  expect(await verify("bwrap")).toEqual([first]);
  expect(await verify("chroot", "bwrap", "chroot")).toEqual([first, ["error", "chroot"]]);
});
