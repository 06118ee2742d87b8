import { posix } from "node:path";
import { z } from "zod";
import { endOf, findingFacts, runBuild } from "./buildRun.ts";
import { composeOrigin } from "./materialize.ts";
import { overlayOf } from "./paths.ts";
import { defineTool, done, refuse, type ToolContext, type ToolResult } from "./types.ts";

const EXTRACT_BYTES = 2000;
const REJECT_BYTES = 64 * 1024;
const REJECTS_SHOWN = 10;

export const extract = defineTool({
  name: "extract",
  description: "Unpack fresh sources, no patches. Gives WRKSRC. Discards edits of the sources.",
  effect: "step",
  schema: z.strictObject({}),
  async run(_args, context) {
    return prepareSources(context, "extract");
  },
});

export const patchPhase = defineTool({
  name: "patch_phase",
  description:
    "Compose, unpack fresh sources and apply the port's patches; edits of sources that were not built are dropped. On failure says which patch and hunks, and gives the rejects.",
  effect: "step",
  schema: z.strictObject({}),
  async run(_args, context) {
    return prepareSources(context, "patch");
  },
});

async function prepareSources(context: ToolContext, until: "extract" | "patch"): Promise<ToolResult> {
  const { state, environment } = context;
  const dropped = [...state.unsaved];
  state.sources = "none";
  state.duped.clear();
  state.unsaved.clear();
  const composed = await composeOrigin(context);
  if (!composed.ok) return composed;
  const { result, diagnosis, log } = await runBuild(context, { until, extractBytes: EXTRACT_BYTES });
  const facts = { phase: result.failedPhase, log, ...(dropped.length > 0 && { dropped }) };
  if (!result.passed && result.failedPhase !== "patch") {
    return refuse(`${endOf(result)}, before ${until} was done`, facts, diagnosis.extract);
  }
  const { WRKSRC = "" } = await context.queryPort(environment, context.origin, context.flavor, ["WRKSRC"]);
  const wrksrc = posix.normalize(environment.toWorkPaths(WRKSRC));
  if ((await environment.files.stat(wrksrc))?.type !== "directory") {
    return refuse(`WRKSRC is ${wrksrc}, which the distfiles do not hold: set WRKSRC or DISTNAME`, facts);
  }
  state.wrksrc = wrksrc;
  if (result.passed) {
    state.sources = until === "extract" ? "extracted" : "patched";
    const { entries } = await environment.files.list(wrksrc, 40);
    return done({ wrksrc, log, ...(dropped.length > 0 && { dropped }) }, entries.join(" "));
  }
  state.sources = "patch-failed";
  const rejects = await findRejects(context, wrksrc);
  const hint =
    "Mend it, or delete it with put_file content null to make it anew: patch_phase, edit the source, build";
  return refuse(
    `a patch did not apply. Patches of this overlay are in ${overlayOf(context.origin)}/dragonfly. ${hint}`,
    { ...facts, wrksrc, ...findingFacts(diagnosis), rejects: rejects.paths },
    `${diagnosis.extract}\n${rejects.text}`,
  );
}

async function findRejects(context: ToolContext, wrksrc: string): Promise<{ paths: string[]; text: string }> {
  const { environment } = context;
  const found = await environment.exec({
    argv: ["find", wrksrc, "-type", "f", "-name", "*.rej"],
    timeoutMs: 60_000,
    signal: context.signal,
  });
  const paths = environment
    .toWorkPaths(found.output.toString("utf8"))
    .split("\n")
    .filter((path) => path.startsWith("/work/"))
    .sort()
    .slice(0, REJECTS_SHOWN);
  const texts: string[] = [];
  for (const path of paths) {
    const stat = await environment.files.stat(path);
    const text =
      stat !== null && stat.bytes <= REJECT_BYTES
        ? (await environment.files.read(path)).toString("utf8")
        : `${stat?.bytes ?? 0} bytes: read it with get_file`;
    texts.push(`${path}\n${text}`);
  }
  return { paths, text: texts.join("\n") };
}
