import { z } from "zod";
import { problemsOf } from "../../../config/problems.ts";
import type { Step } from "../../../policy/recipe.ts";
import { readText, rootOf, writeOverlay } from "../files.ts";
import { type Bench, type Script, StepRefused } from "../script.ts";

/** What a plugin's step is given: copies, which it may change. Values and files come from logs and ports: data, never code. */
interface StepView {
  origin: string;
  values: Record<string, string>;
  /** What the recipe reads, by place and path as `overlay/Makefile.DragonFly`; null for a file that is not there. */
  files: Record<string, string | null>;
}

/** A path below the overlay, without a way out of it. */
const overlayPath = /^(?!\.{1,2}(\/|$))[\w.+@-]+(\/(?!\.{1,2}(\/|$))[\w.+@-]+)*$/;
const maxFiles = 16;

const StepResult = z.strictObject({
  /** For the account of the attempt. */
  did: z.string().min(1).max(500),
  /** The whole new text of each file of the overlay; null takes the file away. */
  overlay: z
    .record(z.string().max(200), z.string().max(65_536).nullable())
    .refine((files) => Object.keys(files).length <= maxFiles, `more than ${maxFiles} files`)
    .refine(
      (files) => Object.keys(files).every((path) => overlayPath.test(path)),
      "a path that is not below the port's overlay",
    ),
});

/**
 * A step that a plugin brings. It is run again for every turn of an attempt, so equal views must give equal results. What
 * it throws refuses the step, with its message in the account.
 */
export type PluginStep = (view: StepView) => z.input<typeof StepResult>;
/** By `PLUGIN/STEP`. */
export type PluginSteps = ReadonlyMap<string, PluginStep>;

export function* runPluginStep(
  bench: Bench,
  { name, reads, values }: Extract<Step, { do: "plugin" }>,
): Script<string> {
  const run = bench.pluginSteps.get(name);
  if (run === undefined) throw new StepRefused(`no plugin brings the step ${name}: see portwright doctor`);
  const files: StepView["files"] = {};
  for (const { in: place, path } of reads) {
    const found = yield* readText(bench, `${rootOf(bench, place)}/${path}`);
    files[`${place}/${path}`] = found?.text ?? null;
  }
  const { did, overlay } = resultOf(name, run, { origin: bench.origin, values: { ...values }, files });
  let changed = false;
  for (const [path, text] of Object.entries(overlay)) {
    const whole = `${rootOf(bench, "overlay")}/${path}`;
    const before = yield* readText(bench, whole);
    if ((before?.text ?? null) === text) continue;
    yield* writeOverlay(bench, whole, before, text);
    changed = true;
  }
  if (!changed) throw new StepRefused(`plugin step ${name}: it changes nothing`);
  return did;
}

function resultOf(name: string, run: PluginStep, view: StepView): z.output<typeof StepResult> {
  try {
    const result: unknown = run(view);
    if (result instanceof Promise) {
      // A rejection that nobody awaits would end the server.
      result.catch(() => {});
      throw new Error("it answers with a promise; a step answers at once");
    }
    return StepResult.parse(result);
  } catch (error) {
    const said = error instanceof z.ZodError ? problemsOf(error, "result").join("; ") : String(error);
    throw new StepRefused(`plugin step ${name}: ${said.slice(0, 500)}`);
  }
}
