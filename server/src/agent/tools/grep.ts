import { z } from "zod";
import { restoreKept } from "./keep.ts";
import { workPath } from "./paths.ts";
import { headBytes } from "./text.ts";
import { defineTool, done, refuse } from "./types.ts";

const LINE_BYTES = 300;
const OUTPUT_BYTES = 256 * 1024;
const TIMEOUT_MS = 60_000;

export const grep = defineTool({
  name: "grep",
  description: "Search files below a path for an extended regular expression: path:line:text a match.",
  effect: "read",
  schema: z.strictObject({
    pattern: z.string().min(1).max(1000),
    path: z.string(),
    ignore_case: z.boolean().default(false),
    max_matches: z.int().min(1).max(200).default(60),
  }),
  async run(args, context) {
    const path = workPath(args.path);
    await restoreKept(context, path);
    if ((await context.environment.files.stat(path)) === null) return refuse(`${path} does not exist`);
    const flags = `-rnIE${args.ignore_case ? "i" : ""}`;
    const result = await context.environment.exec({
      // /dev/null makes grep name the file even when there is only one to search.
      argv: ["grep", flags, "--exclude-dir=.git", "-e", args.pattern, "--", path, "/dev/null"],
      timeoutMs: TIMEOUT_MS,
      maxOutputBytes: OUTPUT_BYTES,
      signal: context.signal,
    });
    const output = context.environment.toWorkPaths(result.output.toString("utf8"));
    if (result.timedOut) return refuse(`the search took over ${TIMEOUT_MS / 1000} s: name a narrower path`);
    if (result.exitCode === null || result.exitCode > 1) {
      return refuse(`grep failed: ${headBytes(output.trim(), 500)}`);
    }
    const all = output.split("\n").filter((line) => line !== "");
    const shown = all.slice(0, args.max_matches).map((line) => headBytes(line, LINE_BYTES));
    const more = all.length > shown.length || result.truncated;
    return done(
      {
        path,
        matches: shown.length,
        ...(more && {
          more: `${result.truncated ? "over " : ""}${all.length} in all: narrow path or pattern`,
        }),
      },
      shown.join("\n"),
    );
  },
});
