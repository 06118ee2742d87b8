/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: makefile text */
import { afterAll, beforeAll, expect, test } from "vitest";
import { addPort } from "../../../fixtures/ports/addPort.ts";
import { createRepairBench, type RepairBench } from "./bench.ts";

/** Builds nothing until its ANSWER is yes; what it says then is known to no recipe. */
const makefile = `NO_ARCH=\tyes
PLIST_FILES=\tshare/answer
do-build:
\t@test "\${ANSWER}" = yes || { echo "the answer is missing"; exit 1; }
do-install:
\t@\${MKDIR} \${STAGEDIR}\${PREFIX}/share
\t@echo yes >\${STAGEDIR}\${PREFIX}/share/answer
`;
const fixOf = (
  origin: string,
  value: string,
) => `diff --git a/ports/${origin}/Makefile.DragonFly b/ports/${origin}/Makefile.DragonFly
new file mode 100644
index 0000000..1111111
--- /dev/null
+++ b/ports/${origin}/Makefile.DragonFly
@@ -0,0 +1 @@
+ANSWER=\t${value}
`;
const costsNothing = { usage: { uncachedTokens: 0, outputTokens: 0 } };

let bench: RepairBench;
beforeAll(async () => {
  bench = await createRepairBench({ "misc/settled/Makefile.DragonFly": "# its own\n" }, async (place) => {
    for (const name of ["answer", "settled"]) await addPort(place, `misc/${name}`, makefile);
  });
});
afterAll(() => bench.remove());

const repair = async (origin: string, ...diffs: string[]) =>
  bench.repair(origin, await bench.diagnose(origin), {
    kin: diffs.map((diff) => ({ origin: "misc/kin", diff, provedAt: 1 })),
  });

test("what mended the same failure in another port is made, built and taken as this one's fix", async () => {
  const report = await repair("misc/answer", fixOf("misc/kin", "yes"));
  expect(report, report.summary).toMatchObject({ outcome: "fixed", ...costsNothing });
  expect(report.diff).toContain("+++ b/ports/misc/answer/Makefile.DragonFly");
  expect(report.summary).toContain("The proved fix of misc/kin");
  expect(await bench.builds("misc/answer", report.diff)).toBe(true);
});

test("what does not mend this one is taken back, and told", async () => {
  const report = await repair("misc/answer", fixOf("misc/kin", "no"));
  expect(report).toMatchObject({ outcome: "gave-up", diff: "", ...costsNothing });
  expect(report.summary).toMatch(/The proved fix of misc\/kin: .*\n\s+Then the build failed/);
});

test("the next fix is tried where one does not fit, and where one does not mend it", async () => {
  const [beyond, wrong, right] = [
    fixOf("misc/third", "yes"),
    fixOf("misc/kin", "no"),
    fixOf("misc/kin", "yes"),
  ];
  const report = await repair("misc/answer", beyond, wrong, right);
  expect(report, report.summary).toMatchObject({ outcome: "fixed", builds: 2, ...costsNothing });
  expect(report.diff).toContain("+ANSWER=\tyes");
  expect(report.diff).not.toContain("+ANSWER=\tno");
  expect(report.summary).toMatch(/beyond its own port.*Then the build failed.*Then the build passed/s);
});

test.each([
  ["is there already", "misc/settled", fixOf("misc/kin", "yes"), /Makefile\.DragonFly, which this port has/],
  ["lies beyond its port", "misc/answer", fixOf("misc/third", "yes"), /beyond its own port/],
  [
    "lies in a folder of the same name elsewhere",
    "misc/answer",
    fixOf("misc/kin", "yes").replaceAll("/ports/", "/other/ports/"),
    /beyond its own port/,
  ],
  ["is no text", "misc/answer", `${fixOf("misc/kin", "yes")}GIT binary patch\n`, /not made of text/],
])("a change of what %s is not tried", async (_, origin, diff, words) => {
  const report = await repair(origin, diff);
  expect(report).toMatchObject({ outcome: "gave-up", diff: "", builds: 0 });
  expect(report.summary).toMatch(words);
});
