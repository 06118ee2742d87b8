import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compose } from "../../../server/src/environments/compose/compose.ts";
import { sampleCases } from "../../fixtures/ports/cases.ts";
import { fixtureRoot, type SampleTrees } from "../../fixtures/ports/trees.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

let shop: Workshop;

beforeAll(async () => {
  shop = await openWorkshop();
  for (const { origin, flavor } of sampleCases.healthy) {
    const { failedPhase, output } = await shop.build(origin, { flavor });
    expect(failedPhase, `${origin}\n${output}`).toBeNull();
  }
});

afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const git = (folder: string, ...args: string[]) =>
  execFileSync("git", ["-C", folder, ...args], { encoding: "utf8" });
const name = ({ origin, flavor }: { origin: string; flavor: string }) =>
  flavor === "" ? origin : `${origin}@${flavor}`;

async function applyFix(mended: Workshop, fix: string, origin: string): Promise<void> {
  git(mended.trees.deltaPorts, "apply", "--whitespace=nowarn", join(fixtureRoot, "fixes", fix));
  const report = await compose({
    upstream: mended.trees.freebsdPorts,
    overlay: mended.trees.deltaPorts,
    output: mended.trees.dports,
    origins: [origin],
    operatingSystem: "DragonFly",
  });
  expect(report.ports[0]?.rejects).toEqual([]);
}

describe.concurrent("ports that build", () => {
  test("every healthy port leaves its package", async () => {
    const packages = await readdir(join(shop.packages, "All"));
    expect(packages).toHaveLength(sampleCases.healthy.length);
    expect(packages).toContain("figsay-1.0_1.pkg");
    expect(packages).toContain("pkgconf-2.3.0,1.pkg");
  });

  test("a build prints the framework's banners in their order", async () => {
    const { output } = await shop.build("misc/figsay");
    const banners = [
      "===>  License BSD2CLAUSE accepted by the user",
      "===> Fetching all distfiles required by figsay-1.0_1 for building",
      "=> SHA256 Checksum OK for figsay-1.0.tar.gz.",
      "===>  Extracting for figsay-1.0_1",
      "===>  Patching for figsay-1.0_1",
      "===>  Applying ports patches for figsay-1.0_1 from ",
      "===>  Applying dragonfly patches for figsay-1.0_1 from ",
      "===>  Configuring for figsay-1.0_1",
      "===>  Building for figsay-1.0_1",
      "===>  Staging for figsay-1.0_1",
      "===>   Generating temporary packing list",
      "====> Compressing man pages (compress-man)",
      "====> Running Q/A tests (stage-qa)",
      "====> Checking for pkg-plist issues (check-plist)",
      "===> No pkg-plist issues found (check-plist)",
      "===>  Building package for figsay-1.0_1",
    ];
    let from = 0;
    for (const banner of banners) {
      const at = output.indexOf(banner, from);
      expect(at, banner).toBeGreaterThanOrEqual(0);
      from = at;
    }
  });
});

describe.concurrent("ports that fail", () => {
  test.each(sampleCases.failures)("$origin fails in $phase", async ({ origin, flavor, phase, text }) => {
    const { failedPhase, output } = await shop.build(origin, { flavor });
    expect(output).toContain(text);
    expect(failedPhase).toBe(phase);
  });

  test.each(sampleCases.failures)(
    "$origin builds with its known fix",
    async ({ origin, flavor, fix, number }) => {
      await using mended = await openWorkshop(shop.packages);
      await applyFix(mended, fix, origin);
      const { failedPhase, output } = await mended.build(origin, { flavor });
      expect(failedPhase, output).toBeNull();
      if (number === 1) {
        for (const { origin: skipped } of sampleCases.skipped) {
          expect((await mended.build(skipped)).failedPhase).toBeNull();
        }
      }
    },
  );

  test.each(sampleCases.ignored)("$origin is ignored", async ({ origin, reason }) => {
    expect((await shop.make(origin, ["-V", "IGNORE"])).output.trim()).toBe(reason);
    const { failedPhase, output } = await shop.build(origin);
    expect(failedPhase).toBe("check-sanity");
    expect(output).toContain(`===>  vmhost-0.3 ${reason}.`);
    const tried = await shop.make(origin, ["package"], { variables: { TRYBROKEN: "yes" } });
    expect(tried.status, tried.output).toBe(0);
  });

  test.each(sampleCases.skipped)("$origin waits for $chain", async ({ origin, chain }) => {
    const list = (await shop.make(origin, ["all-depends-list"])).output.trim().split("\n");
    expect(list.toReversed()).toEqual(
      [...chain, "ports-mgmt/pkg"].map((needed) => join(shop.trees.dports, needed)),
    );
    expect((await shop.build(origin)).failedPhase).toBe("run-depends");
  });
});

describe("trees", () => {
  test("every port of the composed tree is accounted for", async () => {
    const { failures, ignored, skipped, healthy, masked } = sampleCases;
    const known = new Set([...failures, ...ignored, ...skipped, ...healthy].map(({ origin }) => origin));
    const found = git(shop.trees.dports, "ls-files", "*/*/Makefile").trim().split("\n");
    const composed = found
      .filter((path) => !path.startsWith("Mk/"))
      .map((path) => path.replace("/Makefile", ""));
    expect(composed.toSorted()).toEqual([...known].toSorted());
    for (const origin of masked) expect(existsSync(join(shop.trees.freebsdPorts, origin))).toBe(true);
    expect(new Set(failures.map(name)).size).toBe(12);
  });

  test("building writes nothing into them", () => {
    for (const folder of [shop.trees.freebsdPorts, shop.trees.deltaPorts, shop.trees.dports]) {
      expect(git(folder, "status", "--porcelain", "--ignored")).toBe("");
    }
  });

  test("are the same wherever they are made", async () => {
    await using other = await openWorkshop();
    const heads = ({ freebsdPorts, deltaPorts, dports }: SampleTrees) =>
      [freebsdPorts, deltaPorts, dports].map((folder) => git(folder, "rev-parse", "2026Q3").trim());
    expect(heads(other.trees)).toEqual(heads(shop.trees));
    const sums = async (folder: string) =>
      Promise.all(
        (await readdir(folder)).map(async (file) => [
          file,
          createHash("sha256")
            .update(await readFile(join(folder, file)))
            .digest("hex"),
        ]),
      );
    expect(await sums(other.trees.distfiles)).toEqual(await sums(shop.trees.distfiles));
  });
});
