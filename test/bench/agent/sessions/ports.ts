/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: makefile text */
import { join } from "node:path";
import { addPort, writeFiles } from "../../../fixtures/ports/addPort.ts";
import { commitTree, type SampleTrees } from "../../../fixtures/ports/trees.ts";

/** A port that really fails, with files as large as those that the README of this folder names. */
export interface ShapedPort {
  origin: string;
  /** What stands in its Makefile below the name. */
  makefile: string;
  sources: Record<string, string>;
  /** Below its folder of the overlay. */
  overlay: Record<string, string>;
  /** Further files of the port. */
  files?: Record<string, string>;
}

const BACKENDS = 40;
const many = (count: number, line: (number: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join("");

/** Text of `bytes` bytes or a little more, made of lines that differ. */
const filled = (bytes: number, line: (number: number) => string): string => {
  let text = "";
  for (let number = 0; text.length < bytes; number += 1) text += line(number);
  return text;
};

/** A vendor's build of as many files as make a log of usual length. */
const backends = (count: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [
      `src/backend${n}.c`,
      `int\nbackend${n}(int x)\n{\n\treturn x + ${n};\n}\n`,
    ]),
  );
const objects = many(BACKENDS, (n) => ` src/backend${n}.o`);
const flags = '-DPACKAGE_NAME=\\"shape\\" -DPACKAGE_VERSION=\\"1.0\\" -DHAVE_CONFIG_H -I. -Iinclude -Isrc';
const rules = (program: string): string =>
  `.c.o:\n\t\${CC} ${flags} \${CPPFLAGS} \${CFLAGS} -c $< -o $@\n` +
  `${program}: \${OBJS}\n\t\${CC} \${LDFLAGS} -o ${program} \${OBJS}\n` +
  `install: ${program}\n\tinstall -m 755 ${program} \${DESTDIR}\${PREFIX}/bin/${program}\n`;

/** A generated makefile of 290 KB, in which one assignment is what matters. */
const generated =
  `all: uvshape\nOBJS=${objects} src/main.o\n` +
  "am__objects_8= src/bsd-ifaddrs.o \\\n\tsrc/bsd-proctitle.o\n" +
  `${rules("uvshape")}${filled(290_000, (n) => `am__depfiles_${n} = src/\${DEPDIR}/libuv_la-unit${n}.Plo src/\${DEPDIR}/libuv_la-part${n}.Plo\n`)}`;
const main = (call: string): string => `int ${call}(int);\nint\nmain(void)\n{\n\treturn ${call}(0);\n}\n`;

const recut: ShapedPort = {
  origin: "devel/uvshape",
  makefile: "PLIST_FILES=\tbin/uvshape\n",
  sources: {
    Makefile: generated,
    "src/main.c": main("uv_setproctitle"),
    "src/bsd-ifaddrs.c": "int\nuv_interfaces(int x)\n{\n\treturn x;\n}\n",
    "src/bsd-proctitle.c": "int\nuv_setproctitle(int x)\n{\n\treturn x;\n}\n",
    ...backends(BACKENDS),
  },
  overlay: {
    "dragonfly/patch-Makefile":
      "--- Makefile.orig\n+++ Makefile\n@@ -1,5 +1,5 @@\n all: uvshape\n-OBJS= src/core.o src/main.o \\\n-\tsrc/threadpool.o\n" +
      "+OBJS= src/core.o src/main.o \\\n+\tsrc/threadpool.o ${am__objects_8}\n am__objects_8= src/bsd-ifaddrs.o \\\n \tsrc/bsd-proctitle.o\n",
  },
};

const filler = (n: number): string =>
  `static int\nrl_capability_${n}(const char *name)\n{\n\t/* Codes that terminals of this sort send. */\n\treturn name[0] == ${n % 127} ? ${n} : -1;\n}\n\n`;
const source: ShapedPort = {
  origin: "devel/rlshape",
  makefile: "PLIST_FILES=\tbin/rlshape\n",
  sources: {
    Makefile: `all: rlshape\nOBJS=${objects} src/terminal.o\n${rules("rlshape")}`,
    "src/terminal.c":
      `#include <stdio.h>\n\n${filled(11_000, filler)}int rl_init_terminal(void);\n` +
      'int\nrl_init_terminal(void)\n{\n#if defined(__FreeBSD__)\n\tint lines = 24;\n#endif\n\treturn rl_lines_of(lines) + rl_capability_1("a");\n}\n\n' +
      `${filled(11_000, (n) => filler(n + 1000))}int\nmain(void)\n{\n\treturn rl_init_terminal() < 0;\n}\n`,
    ...backends(BACKENDS),
  },
  overlay: {
    "Makefile.DragonFly": "# Terminals of the console are not those of FreeBSD.\nCFLAGS+=\t-Wall\n",
  },
};

const uses: ShapedPort = {
  origin: "sysutils/dmishape",
  makefile: "USES=\talias\nPLIST_FILES=\tbin/dmishape\n",
  sources: {
    Makefile: `all: dmishape\nOBJS=${objects} src/main.o\n${rules("dmishape")}`,
    "src/main.c": `#ifndef __FreeBSD__\n#error "this system is not known"\n#endif\n${main("backend1")}`,
    ...backends(BACKENDS),
  },
  overlay: { "Makefile.DragonFly": "CFLAGS+=\t-Wall\n" },
};

const module = (n: number): string =>
  `lib/python3.11/__pycache__/module_of_the_library_${n}.cpython-311.opt-1.pyc`;
const MODULES = 7000;
const plist: ShapedPort = {
  origin: "lang/pyshape",
  makefile: "USES=\tgmake\n",
  files: { "pkg-plist": `bin/pyshape\n${many(MODULES, (n) => `${module(n)}\n`)}` },
  sources: {
    Makefile:
      `all: pyshape\nOBJS=${objects} src/main.o\n${rules("pyshape")}` +
      `\tmkdir -p \${DESTDIR}\${PREFIX}/lib/python3.11/__pycache__\n` +
      `\tawk 'BEGIN { for (n = 0; n < ${MODULES}; n++) { f = "\${DESTDIR}\${PREFIX}/lib/python3.11/__pycache__/module_of_the_library_" n ".cpython-311.opt-1.pyc"; printf "x" >f; close(f) } }' </dev/null\n` +
      `\tfor n in 1 2 3; do echo x >\${DESTDIR}\${PREFIX}/lib/python3.11/_sysconfigdata_dragonfly$$n.py; done\n`,
    "src/main.c": main("backend2"),
    ...backends(BACKENDS),
  },
  overlay: { "Makefile.DragonFly": "CFLAGS+=\t-Wall\n" },
};

export const shapedPorts = { recut, source, uses, plist };

export async function addShapedPorts({ freebsdPorts, deltaPorts, distfiles }: SampleTrees): Promise<void> {
  for (const { origin, makefile, sources, overlay, files = {} } of Object.values(shapedPorts)) {
    await addPort({ tree: freebsdPorts, distfiles }, origin, makefile, sources);
    await writeFiles(join(freebsdPorts, origin), files);
    await writeFiles(join(deltaPorts, "ports", origin), overlay);
  }
  await commitTree(freebsdPorts);
  await commitTree(deltaPorts);
}
