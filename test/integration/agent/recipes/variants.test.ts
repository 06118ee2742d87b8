/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: makefile text */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRepairBench, type RepairBench } from "./bench.ts";

const diff = (path: string, lines: string): string => `--- ${path}.orig\n+++ ${path}\n${lines}`;

/** Overlays that fail in other ways than the sample's: the same recipes have to read the evidence, not the port. */
const overlay = {
  // Two patches that drifted at once, and one more change that upstream took in.
  "sysutils/loadmon/dragonfly/patch-src_main.c": diff(
    "src/main.c",
    `@@ -8,5 +8,5 @@
 	char buffer[256];
 	struct sample s;
-	FILE *source = fopen(sample_source(), "r");
+	FILE *source = fopen(sample_source(), "re");
 	int count = 0;
 
@@ -30,4 +30,4 @@
 	while (again) {
-		if (sample_parse(buffer, &s) == 0)
+		if (sample_parse(line, &s) == 0)
 			report(&s);
 	}
`,
  ),
  // A source too large to be read whole: its lines are found by searching.
  "net/ifwatch/Makefile.DragonFly":
    'post-extract:\n\t@i=0; while [ $$i -lt 1500 ]; do i=$$((i+1)); echo "/* table row $$i of many */"; done >${WRKSRC}/head\n' +
    "\t@cat ${WRKSRC}/head ${WRKSRC}/interfaces.c >${WRKSRC}/both && mv ${WRKSRC}/both ${WRKSRC}/interfaces.c\n",
  "net/ifwatch/dragonfly/patch-interfaces.c": diff(
    "interfaces.c",
    "@@ -3,7 +3,7 @@\n \tfirst();\n \tif (list == 0)\n \t\treturn 0;\n-\twhile (count < INTERFACES_MAX && list[count].if_index != 0) {\n+\twhile (count < INTERFACES_MAX && list[count].if_index > 0) {\n \t\tcopy(list);\n \t}\n \tlast();\n",
  ),
  // Two faults behind each other: the second shows only when the first is mended.
  "games/tilerun/Makefile.DragonFly": "USES+=\talias:9\n",
  // Upstream's way to find LOCALBASE is switched off, so the dependency alone is not enough.
  "math/matstat/Makefile.DragonFly": "USES:=\t${USES:Nlocalbase*}\n",
  // One command for two files, of which upstream dropped one.
  "www/tinyhttp/Makefile.DragonFly":
    "dfly-patch:\n\t${REINPLACE_CMD} -e 's|__FreeBSD__|__DragonFly__|' \\\n\t\t${WRKSRC}/src/sendfile.c ${WRKSRC}/src/listen.c\n",
  // The patch's file is gone, and so are its lines.
  "misc/figsay/dragonfly/patch-lib_corners.sh": diff(
    "lib/corners.sh",
    "@@ -1,3 +1,3 @@\n #!/bin/sh\n-corner_character_of_the_box='#'\n+corner_character_of_the_box='*'\n export corner\n",
  ),
  // The patch's file has another name now.
  "devel/libarena/dragonfly/patch-src_chunks.c": diff(
    "src/chunks.c",
    "@@ -16,5 +16,5 @@\n \tstruct arena_chunk *chunk;\n \n-\tif (size < arena->chunk_size)\n+\tif (size <= arena->chunk_size)\n \t\tsize = arena->chunk_size;\n \n",
  ),
  // The failure is a dependency's, and its own overlay is not this case's to edit.
  "audio/wavpeek/Makefile.DragonFly": "BUILD_DEPENDS+=\ttilerun:games/tilerun\n",
  // pkg-config is there, the package that it is asked for is not.
  "multimedia/capinfo/Makefile.DragonFly": "USES+=\t\tpkgconfig\nLIB_DEPENDS=\n",
  // A licence file that is gone, and behind it a command that no dependency brings.
  "graphics/libraster/Makefile.DragonFly":
    "LICENSE_FILE=\t${WRKSRC}/COPYING\n\npost-patch:\n\t@dfinfo >/dev/null\n",
};

let bench: RepairBench;
beforeAll(async () => {
  bench = await createRepairBench(overlay);
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
