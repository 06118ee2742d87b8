/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: makefile text */
import { overlayOf } from "../../../../server/src/agent/tools/paths.ts";
import { parseResult } from "../../../../server/src/agent/tools/result.ts";
import type { ScriptedCall } from "../../../fixtures/model-server/chunks.ts";
import type { RecordedRequest } from "../../../fixtures/model-server/server.ts";
import { shapedPorts } from "./ports.ts";
import { type Asked, edit, log, opening, read, ready, report, step } from "./today.ts";

/** The same repair on two roads: what a model calls here turn by turn, and what the prompt of today's system makes it call. */
export interface Session {
  /** The recorded fix of DeltaPorts whose shape it has. */
  after: string;
  /** Tokens that were recorded for it. */
  recorded: number;
  origin: string;
  here: readonly ((request: RecordedRequest) => ScriptedCall[])[];
  /** A call a turn. */
  today: readonly Asked[];
}

const call = (name: string, args: unknown = {}): ScriptedCall => ({ name, arguments: args });
const replace = (path: string, old: string, text: string): ScriptedCall =>
  call("replace_in_file", { path, old, new: text });
const tried: readonly ScriptedCall[] = [
  call("build"),
  call("finish", {
    status: "fixed",
    summary: "What failed, what was changed for it, and that it builds now.",
  }),
];

/** Where the sources are, by the newest result that says so. */
function sourceOf(request: RecordedRequest, file: string): string {
  const results = request.json.messages.filter(({ role }) => role === "tool");
  const facts = results.map(({ content }) => parseResult(String(content)).facts);
  return `${facts.findLast(({ wrksrc }) => wrksrc !== undefined)?.wrksrc}/${file}`;
}

const { recut, source, uses, plist } = shapedPorts;
const makefileOf = (origin: string): string => `${overlayOf(origin)}/Makefile.DragonFly`;
const bytesOf = (text: string | undefined): number => Buffer.byteLength(text ?? "");

const terminal = "src/terminal.c";
const lastModule = plist.files?.["pkg-plist"]?.trimEnd().split("\n").at(-1) ?? "";
const plistDiff =
  `--- pkg-plist.orig\n+++ pkg-plist\n@@ -7001,1 +7001,3 @@\n ${lastModule}\n` +
  "+lib/python3.11/_sysconfigdata_dragonfly1.py\n+lib/python3.11/_sysconfigdata_dragonfly2.py\n";
const plistPath = `${overlayOf(plist.origin)}/diffs/pkg-plist.diff`;

export const sessions: readonly Session[] = [
  {
    after: "devel/libuv, a patch of a generated makefile cut anew",
    recorded: 505_550,
    origin: recut.origin,
    here: [
      () => [
        call("put_file", { path: `${overlayOf(recut.origin)}/dragonfly/patch-Makefile`, content: null }),
        call("patch_phase"),
      ],
      (request) => [
        call("grep", { path: sourceOf(request, "Makefile"), pattern: "^OBJS|am__objects_8|proctitle" }),
        call("get_file", { path: sourceOf(request, "Makefile"), from: 1, lines: 60 }),
      ],
      (request) => [call("get_file", { path: sourceOf(request, "Makefile"), from: 30, lines: 120 })],
      (request) => [
        replace(sourceOf(request, "Makefile"), "src/main.o\nam__", "src/main.o src/bsd-ifaddrs.o\nam__"),
        ...tried,
      ],
      () => [call("patch_phase")],
      (request) => [
        replace(
          sourceOf(request, "Makefile"),
          "src/main.o src/bsd-ifaddrs.o\nam__",
          "src/main.o ${am__objects_8}\nam__",
        ),
        ...tried,
      ],
    ],
    today: [
      ...opening(bytesOf(recut.overlay["dragonfly/patch-Makefile"])),
      step,
      read(bytesOf(recut.sources.Makefile)),
      read(bytesOf(recut.sources.Makefile), "again"),
      read(bytesOf(recut.sources.Makefile), "again"),
      ...[edit, step, step, ...ready, log],
      ...[edit, ...ready, report],
    ],
  },
  {
    after: "devel/readline, a source that does not compile",
    recorded: 457_701,
    origin: source.origin,
    here: [
      () => [call("patch_phase")],
      (request) => [
        call("grep", { path: sourceOf(request, "src"), pattern: "__FreeBSD__|rl_lines_of" }),
        call("get_file", { path: sourceOf(request, terminal), from: 585, lines: 40 }),
      ],
      (request) => [
        replace(
          sourceOf(request, terminal),
          "#if defined(__FreeBSD__)\n\tint lines = 24;\n#endif\n",
          "\tint lines = 24;\n",
        ),
        ...tried,
      ],
      () => [call("patch_phase")],
      (request) => [replace(sourceOf(request, terminal), "rl_lines_of(lines)", "lines"), ...tried],
    ],
    today: [
      ...opening(bytesOf(source.overlay["Makefile.DragonFly"])),
      ...[step, read(bytesOf(source.sources[terminal])), step],
      ...[edit, step, step, ...ready, log],
      ...[edit, step, step, ...ready, report],
    ],
  },
  {
    after: "sysutils/dmidecode, a word of USES that is no more",
    recorded: 213_612,
    origin: uses.origin,
    here: [
      () => [call("grep", { path: "/work/freebsd-ports/Mk", pattern: "alias" })],
      () => [replace(makefileOf(uses.origin), "CFLAGS", "USES:=\t${USES:Nalias}\nCFLAGS"), ...tried],
      () => [replace(makefileOf(uses.origin), "-Wall", "-Wall -D__FreeBSD__=9"), ...tried],
    ],
    today: [
      ...opening(bytesOf(uses.overlay["Makefile.DragonFly"])),
      ...[read(600), step, edit, ...ready, log],
      ...[read(bytesOf(uses.sources["src/main.c"])), edit, ...ready, report],
    ],
  },
  {
    after: "lang/python311, a packing list of half a megabyte that lacks files",
    recorded: 1_347_397,
    origin: plist.origin,
    here: [
      () => [
        call("grep", { path: `/work/freebsd-ports/${plist.origin}/pkg-plist`, pattern: "sysconfig|_6999" }),
        call("get_file", { path: `/work/freebsd-ports/${plist.origin}/pkg-plist`, from: 6980, lines: 40 }),
      ],
      () => [call("put_file", { path: plistPath, content: plistDiff }), ...tried],
      () => [
        replace(plistPath, "+7001,3", "+7001,4"),
        replace(
          plistPath,
          "dragonfly2.py\n",
          "dragonfly2.py\n+lib/python3.11/_sysconfigdata_dragonfly3.py\n",
        ),
        ...tried,
      ],
    ],
    today: [
      ...opening(bytesOf(plist.overlay["Makefile.DragonFly"])),
      ...[step, read(bytesOf(plist.files?.["pkg-plist"])), step],
      ...[edit, ...ready, log, edit, ...ready, report],
    ],
  },
];
