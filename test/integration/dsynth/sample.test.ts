import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBundle } from "../../../server/src/evidence/bundleFolder.ts";
import { readJournal } from "../../../server/src/evidence/journal.ts";
import { type Builder, createBuilder, type Finished } from "../../fixtures/dsynth/builder.ts";
import { bundleFolders, readMeta, readRecords } from "../../fixtures/dsynth/hooks.ts";
import cases from "../../fixtures/ports/cases.json" with { type: "json" };
import { createSampleTrees } from "../../fixtures/ports/trees.ts";

const name = ({ origin = "", flavor = "" }) => (flavor ? `${origin}@${flavor}` : origin);

let root: string;
let builder: Builder;
let finished: Finished;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "portwright-sample-"));
  const trees = await createSampleTrees(join(root, "trees"));
  builder = await createBuilder({
    tree: trees.dports,
    treeInPlace: true,
    distfiles: trees.distfiles,
    profile: "2026Q3",
    ini: ["Check_plist= true"],
  });
  finished = await builder.run(["-SS", "-y", "-s", "0", "everything"]);
});
afterAll(async () => {
  await builder.remove();
  await rm(root, { recursive: true, force: true });
});

const named = async (event: string) => {
  const records = await readRecords(join(builder.evidence, "journal/events.log"));
  return records.filter((record) => record.ev === event).map(name);
};

describe("the sample tree, built whole with the hooks in place", () => {
  it("gives every port the result that it is there for", async () => {
    expect(finished.status).toBe(0);
    expect((await named("failure")).sort()).toEqual(cases.failures.map(name).sort());
    expect((await named("ignored")).sort()).toEqual(cases.ignored.map(name).sort());
    expect((await named("skipped")).sort()).toEqual(cases.skipped.map(name).sort());
    expect((await named("success")).sort()).toEqual(cases.healthy.map(name).sort());
  });

  it("tells why a port was left out", async () => {
    const ignored = await readFile(join(builder.logs, "03_ignored_list.log"), "utf8");
    for (const each of cases.ignored) expect(ignored).toContain(`ignored due to ${each.reason} \n`);
    const skipped = await readFile(join(builder.logs, "04_skipped_list.log"), "utf8");
    for (const each of cases.skipped)
      expect(skipped).toContain(` skipped due to ${each.chain.join("->")} \n`);
  });

  it("bundles each failure with its phase, its cause and the port", async () => {
    const bundles = new Map<string, string>();
    for (const folder of await bundleFolders(builder.evidence))
      bundles.set(name(await readMeta(folder)), folder);
    expect(bundles.size).toBe(cases.failures.length);
    for (const failure of cases.failures) {
      const folder = bundles.get(name(failure)) ?? "";
      expect(await readMeta(folder)).toMatchObject({ phase: failure.phase, log_state: "kept", cut: "" });
      const log = gunzipSync(await readFile(join(folder, "logs/full.log.gz"))).toString();
      expect(log).toContain(failure.text);
      const errors = await readFile(join(folder, "logs/errors.txt"), "utf8");
      expect(errors.split("# end of the log")[0]).toContain(failure.text);
      const makefile = await readFile(join(builder.ports, failure.origin, "Makefile"));
      expect(await readFile(join(folder, "port/Makefile"))).toEqual(makefile);
    }
  });

  it("is read by the server as the hooks meant it", async () => {
    const path = join(builder.evidence, "journal/events.log");
    const page = await readJournal(path, { offset: 0 });
    expect(page).toMatchObject({ damaged: 0, more: false });
    expect(page.records.map((record) => record.fields)).toMatchObject(await readRecords(path));
    const failures = page.records.filter((record) => record.event === "failure");
    expect(failures).toHaveLength(cases.failures.length);
    for (const { bundle, origin, flavor } of failures) {
      const folder = readBundle(join(builder.evidence, "bundles", bundle));
      expect(folder).toMatchObject({ problems: [], meta: { origin, flavor, profile: "2026Q3" } });
    }
  });
});
