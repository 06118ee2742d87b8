import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createBuilder } from "../../../server/src/builders/registry.ts";
import type { Environment } from "../../../server/src/environments/types.ts";
import { commitAll, createPlace, kinds, type Place } from "./support.ts";

const program = join(import.meta.dirname, "../../fixtures/composer/dportsv3");
const words = ["--target", "{target}", "--delta-root", "{delta}", "--freebsd-root", "{ports}"];
const composer = {
  command: [program, "compose", ...words, "--output", "{output}", "--oracle-profile", "off", "--json"],
};
const kind = kinds[0] ?? "plain";
const figsay = "misc/figsay";

let place: Place;
let made = 0;
beforeAll(async () => {
  place = await createPlace();
  const write = async (origin: string, dops: string) => {
    const folder = join(place.trees.deltaPorts, "ports", origin);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "overlay.dops"), dops);
  };
  await write("devel/gmake", "append Makefile # of the base\n");
  await write("devel/pkgconf", "fail E_APPLY_MISSING_SUBJECT\n");
  await mkdir(join(place.trees.deltaPorts, "special"), { recursive: true });
  await writeFile(join(place.trees.deltaPorts, "special/README"), "special\n");
  commitAll(place.trees.deltaPorts, "Add overlays for the composer");
});
afterAll(() => place.remove());

async function create(target = "@2026Q3", changes: object = {}): Promise<Environment> {
  const manager = await place.manager(kind, { composer: { ...composer, ...changes } });
  return manager.create({ name: `c-${made++}`, target });
}

const dopsOf = (origin: string) => `/work/DeltaPorts/ports/${origin}/overlay.dops`;
async function composed(environment: Environment, origin: string, dops: string) {
  await environment.files.write(dopsOf(origin), Buffer.from(dops));
  return environment.compose(origin);
}
const makefile = async (environment: Environment, origin: string) =>
  (await environment.files.read(`/work/DPorts/${origin}/Makefile`)).toString();

it("makes the whole tree by the program, without the ports that fail, and lets it change nothing it reads", async () => {
  const environment = await create();
  expect(await makefile(environment, "devel/gmake")).toMatch(/# of the base\n$/);
  expect(await environment.files.stat("/work/DPorts/devel/pkgconf")).toBeNull();
  expect(await environment.files.stat("/work/DPorts/Mk/bsd.port.mk")).not.toBeNull();
  expect(await environment.diff()).toBe("");
  expect(existsSync(join(place.trees.deltaPorts, "special/Mk"))).toBe(false);
});

it("composes one port, says what was applied, and binds a build to all that was read", async () => {
  const environment = await create();
  const result = await composed(
    environment,
    figsay,
    "target @any\nappend Makefile # edited\ntarget @main\nappend x y\n",
  );
  expect(result).toMatchObject({
    ...{ origin: figsay, applied: ["1 operations"], rejects: [] },
    skipped: [{ file: "overlay.dops", why: "1 of 2 operations are not for this target" }],
  });
  expect(await makefile(environment, figsay)).toMatch(/# edited\n$/);
  expect(environment.composedInput(figsay)).toBe(result.inputSha256);
  expect(await environment.currentInput(figsay)).toBe(result.inputSha256);
  const builder = createBuilder("bsd-make", place.config(kind).builder);
  const order = { environment, origin: figsay, flavor: "", timeoutMs: 120_000 };
  expect(await builder.build(order)).toMatchObject({ passed: true, inputSha256: result.inputSha256 });

  await environment.files.write("/work/DeltaPorts/special/README", Buffer.from("changed\n"));
  expect(await environment.currentInput(figsay)).not.toBe(result.inputSha256);
  await expect(builder.build(order)).rejects.toMatchObject({ reason: "stale" });
});

it.each([
  [
    "that is for another target",
    "target @main\nappend Makefile # no\n",
    /1 of 1 operations are not for this target/,
  ],
  ["that is counted and changes nothing", "touch\n", /has no effect: nothing of it was applied/],
  ["that says nothing", "\n", /has no effect/],
])("takes an overlay without effect for an error: one %s", async (_what, dops, why) => {
  const environment = await create();
  const { rejects } = await composed(environment, figsay, dops);
  expect(rejects).toEqual([{ file: `ports/${figsay}`, hunks: expect.stringMatching(why) }]);
  expect(environment.composedInput(figsay)).toBeNull();
});

it("tells what failed in the words of the report, and leaves nothing to build", async () => {
  const environment = await create();
  const result = await composed(environment, figsay, "append Makefile # half\nfail E_APPLY_NO_ANCHOR\n");
  expect(result.rejects).toEqual([
    {
      file: "apply_semantic_ops",
      hunks: expect.stringMatching(/misc\/figsay: 1 op\(s\) failed \[E_APPLY_NO_ANCHOR\]/),
    },
  ]);
  expect(environment.composedInput(figsay)).toBeNull();
  expect(await environment.files.stat(`/work/DPorts/${figsay}/Makefile`)).toBeNull();
  await composed(environment, figsay, "append Makefile # whole\n");
  expect(environment.composedInput(figsay)).not.toBeNull();
});

it("leaves a masked port out, and asks no program for one without an overlay", async () => {
  const environment = await create();
  const masked = await composed(environment, figsay, "type mask\n");
  expect(masked).toMatchObject({
    rejects: [],
    skipped: [{ file: "STATUS", why: expect.stringMatching(/masked/) }],
  });
  expect(environment.composedInput(figsay)).toBeNull();
  const plain = await environment.compose("audio/wavpeek");
  expect(plain).toMatchObject({ applied: [], skipped: [], rejects: [] });
  expect(environment.composedInput("audio/wavpeek")).toBe(plain.inputSha256);
});

it("says what the program said when it breaks down, or takes too long", async () => {
  const environment = await create();
  const crash = composed(environment, figsay, "crash out of luck\n");
  await expect(crash).rejects.toMatchObject({
    reason: "compose",
    message: expect.stringMatching(/failed \(1\): .*out of luck/s),
  });
  const hasty = await place.manager(kind, { composer: { ...composer, timeoutMinutes: 0.01 } });
  const same = await hasty.open(environment.name);
  await expect(composed(same, figsay, "hang\n")).rejects.toThrow(/not done after 0\.01 minutes/);
  expect(same.composedInput(figsay)).toBeNull();
});

it("makes no environment when the tree as a whole cannot be composed, or nothing is a report", async () => {
  const special = join(place.trees.deltaPorts, "special/wrong-branch");
  await writeFile(special, "");
  commitAll(place.trees.deltaPorts, "Take another branch");
  await expect(create()).rejects.toThrow(
    /made no tree: E_COMPOSE_TARGET_BRANCH_MISMATCH: expected branch 2026Q3/,
  );
  await expect(create("@t", { command: ["echo", "{output}"] })).rejects.toThrow(/printed no report, but: /);
  await expect(create("@t", { command: ["no-such-composer", "{output}"] })).rejects.toThrow(
    /no-such-composer/,
  );
});

it("shares a composed tree between environments of one target only", async () => {
  await writeFile(
    join(place.trees.deltaPorts, "ports/devel/gmake/overlay.dops"),
    "target @a\nappend Makefile # of a\n",
  );
  commitAll(place.trees.deltaPorts, "Scope gmake");
  await rm(join(place.trees.deltaPorts, "special/wrong-branch"), { force: true });
  commitAll(place.trees.deltaPorts, "Take the branch again");
  expect(await makefile(await create("@a"), "devel/gmake")).toMatch(/# of a\n$/);
  expect(await makefile(await create("@b"), "devel/gmake")).not.toContain("# of a");
  const manager = await place.manager(kind, { composer });
  const checks = await manager.doctor();
  expect(checks).toEqual(expect.arrayContaining([expect.objectContaining({ name: "composer", ok: true })]));
  expect(await readFile(join(place.trees.deltaPorts, "ports/devel/gmake/overlay.dops"), "utf8")).toContain(
    "@a",
  );
});
