import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { renameArchitecture } from "../../../../server/src/environments/compose/architecture.ts";
import { deltaPortsComposer } from "../../../../server/src/environments/composer.ts";
import { makeTrees, type Trees } from "./trees.ts";

it.each([
  ["OPTIONS_DEFAULT_amd64=\tSSE2", "OPTIONS_DEFAULT_x86_64=\tSSE2"],
  ["OPTIONS_DEFINE_amd64+=\tASM", "OPTIONS_DEFINE_x86_64+=\tASM"],
  ["BROKEN_amd64=\tdoes not link", "BROKEN_x86_64=\tdoes not link"],
  ["SIMD_CFLAGS_ON_amd64=\t-m64", "SIMD_CFLAGS_ON_x86_64=\t-m64"],
  ["LIB_DEPENDS_amd64=\tlibx.so:devel/x", "LIB_DEPENDS_x86_64=\tlibx.so:devel/x"],
  [`.if \${ARCH} == "amd64" || \${ARCH} == i386`, `.if \${ARCH} == "x86_64" || \${ARCH} == i386`],
  [`A=\t\${ARCH:S/amd64/x64/} \${ARCH:Mamd64}`, `A=\t\${ARCH:S/amd64/x64/} \${ARCH:Mx86_64}`],
  ["ONLY_FOR_ARCHS=\tamd64 i386", "ONLY_FOR_ARCHS=\tamd64 i386"],
  ["DISTFILES=\ttool-linux-amd64.tar.gz", "DISTFILES=\ttool-linux-amd64.tar.gz"],
])("renames in %j what the framework reads, and nothing else", (line, renamed) => {
  expect(renameArchitecture(`A=b\n${line}\n`)).toBe(`A=b\n${renamed}\n`);
});

const broken = "BROKEN_amd64=\tno\n";
const files = {
  "upstream/Mk/bsd.port.mk": broken,
  "upstream/devel/plain/Makefile": "PORTNAME=\tplain\n",
  "upstream/devel/named/Makefile": broken,
  "upstream/devel/named/Makefile.common": broken,
  "upstream/devel/named/more.common": broken,
  "upstream/devel/named/files/patch-a": broken,
  "upstream/devel/overlaid/Makefile": "BROKEN_amd64=\told\n",
  "overlay/ports/devel/overlaid/Makefile.DragonFly": "CFLAGS_amd64=\t-O\n",
  "overlay/ports/devel/overlaid/diffs/Makefile.diff":
    "--- Makefile\n+++ Makefile\n@@ -1 +1 @@\n-BROKEN_amd64=\told\n+BROKEN_amd64=\tnew\n",
};

const composeWhole = ({ upstream, overlay }: Trees, operatingSystem: string, output: string) =>
  deltaPortsComposer.composeTree({ upstream, overlay, operatingSystem, target: "@t" }, output);

it("renames in a port's own files after its diffs, in one port as in the whole tree", async () => {
  await using trees = await makeTrees(files);
  const whole = join(trees.output, "whole");
  await mkdir(whole);
  await composeWhole(trees, "DragonFly", whole);
  await trees.compose("devel/named", "devel/overlaid");
  for (const root of [whole, trees.output]) {
    const read = (path: string) => readFile(join(root, "devel", path), "utf8");
    expect(await read("named/Makefile")).toBe("BROKEN_x86_64=\tno\n");
    expect(await read("named/Makefile.common")).toBe("BROKEN_x86_64=\tno\n");
    expect(await read("named/more.common")).toBe("BROKEN_x86_64=\tno\n");
    expect(await read("named/files/patch-a")).toBe(broken);
    expect(await read("overlaid/Makefile")).toBe("BROKEN_x86_64=\tnew\n");
    expect(await read("overlaid/Makefile.DragonFly")).toBe("CFLAGS_x86_64=\t-O\n");
  }
  expect(await readFile(join(whole, "Mk/bsd.port.mk"), "utf8")).toBe(broken);
  expect(await readFile(join(trees.upstream, "devel/named/Makefile"), "utf8")).toBe(broken);
});

it("leaves a system alone that says amd64 itself", async () => {
  await using trees = await makeTrees(files);
  await composeWhole(trees, "FreeBSD", trees.output);
  expect(await readFile(join(trees.output, "devel/named/Makefile"), "utf8")).toBe(broken);
});
