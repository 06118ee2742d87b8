import { z } from "zod";
import { fileChunks } from "../../environments/chunks.ts";
import { shownLines } from "./getFile.ts";
import { evidenceLog, restoreKept } from "./keep.ts";
import { windowOf } from "./lines.ts";
import { defineTool, done, refuse } from "./types.ts";

export const buildLog = defineTool({
  name: "build_log",
  description:
    "A window of a build log: the last build's, or with which=failure the one that opened the case. from null gives the last lines.",
  effect: "read",
  schema: z.strictObject({
    which: z.enum(["last", "failure"]).default("last"),
    from: z.int().min(1).nullable().default(null),
    lines: z.int().min(1).max(1000).default(80),
  }),
  async run(args, context) {
    const last = args.which === "last" ? context.state.builds.at(-1)?.log : undefined;
    const path = last ?? evidenceLog(context);
    if (path === null)
      return refuse("there is no log: the failure's bundle has none, and nothing was built yet");
    await restoreKept(context, path);
    const window = await windowOf(fileChunks(context.environment.files, path), args.from, args.lines);
    const whole = { path, bytes: window.bytes, lines: window.lines };
    if (args.from !== null && args.from > window.lines) {
      return refuse(`the log has ${window.lines} lines, fewer than from=${args.from}`, whole);
    }
    const text = window.content.toString("utf8");
    return done(...shownLines(whole, window.from, text));
  },
});
