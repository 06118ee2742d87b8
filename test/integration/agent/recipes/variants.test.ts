/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: makefile text */
import { afterAll, beforeAll, expect, test } from "vitest";
import { overlays } from "../../../fixtures/recipes/overlays.ts";
import { createRepairBench, type RepairBench } from "./bench.ts";

let bench: RepairBench;
beforeAll(async () => {
  bench = await createRepairBench(overlays);
});
afterAll(() => bench.remove());

test.each([
  [
    "sysutils/loadmon",
    ["cut patch-src_main.c, patch-src_sample.c again against the new source, leaving out 1"],
  ],
  ["net/ifwatch", ["+@@ -1518,7 +1518,7 @@"]],
  ["games/tilerun", ["+USES+=\t\tgmake", "took alias out of USES", "USES+= gmake"]],
  ["math/matstat", ["+LIB_DEPENDS+=\tlibtally.so:textproc/libtally", "+USES+=\t\tlocalbase:ldflags"]],
  ["www/tinyhttp", ["+\t${REINPLACE_CMD} -e 's|__FreeBSD__|__DragonFly__|' ${WRKSRC}/src/listen.c"]],
  ["misc/figsay", ["deleted file mode", "its target is gone"]],
  ["devel/libarena", ["b/ports/devel/libarena/dragonfly/patch-arena.c", "cut patch-arena.c again"]],
  ["graphics/libraster", ["+.undef LICENSE_FILE", "+PATCH_DEPENDS+=\tdfinfo:sysutils/dfinfo"]],
  ["multimedia/capinfo", ["+LIB_DEPENDS+=\tlibtally.so:textproc/libtally"]],
])("repairs %s", async (origin, told) => {
  const diagnosis = await bench.diagnose(origin);
  const report = await bench.repair(origin, diagnosis);
  expect(report, `${report.summary}\n${JSON.stringify(diagnosis.findings)}`).toMatchObject({
    outcome: "fixed",
  });
  expect(report.summary).not.toContain("no effect");
  for (const words of told) expect(`${report.diff}\n${report.summary}`).toContain(words);
});

test("leaves a dependency's failure to the dependency's own case", async () => {
  const diagnosis = await bench.diagnose("audio/wavpeek", "nox");
  expect(diagnosis.phase).toBe("build-depends");
  const report = await bench.repair("audio/wavpeek", diagnosis, { flavor: "nox" });
  expect(report).toMatchObject({ outcome: "gave-up", builds: 0 });
});
