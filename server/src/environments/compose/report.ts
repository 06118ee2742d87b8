import { z } from "zod";
import { problemsOf } from "../../config/problems.ts";
import { parseOrigin } from "../../protocol/origin.ts";
import type { ComposedOrigin } from "../types.ts";
import { ComposeError } from "./errors.ts";

const Count = z.int().nonnegative().default(0);
const Texts = z.array(z.string()).default([]);

const PortRow = z.object({
  /** Becomes part of a path. */
  origin: z.string().refine((text) => parseOrigin(text) !== undefined, "is no category/port"),
  /** port, dport, mask or lock. */
  type: z.string().default("port"),
  total_ops: Count,
  applied_ops: Count,
  skipped_ops: Count,
  failed_ops: Count,
  errors: Count,
  fallback_patch_count: Count,
  implicit_files_copied: Count,
  compat_stages_executed: Texts,
  notes: Texts,
});
type PortRow = z.infer<typeof PortRow>;

/** What `dportsv3 compose --json` prints, as far as it is used (compose_models.py of DeltaPorts); other fields may be there. */
const ComposeReport = z.object({
  ok: z.boolean(),
  stages: z.array(z.object({ name: z.string(), errors: Texts })),
  ports: z.array(PortRow),
});
export type ComposeReport = z.infer<typeof ComposeReport>;

const mostErrors = 50;
const longestError = 1000;
/** Notes of a port that has no place in this target. */
const leftOutNotes = ["removed-for-target", "stale-pruned"];

/** Throws ComposeError for what is no report. */
export function parseReport(text: string): ComposeReport {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ComposeError(`the composer printed no report, but: ${text.trim().slice(0, 500)}`, cause);
  }
  const parsed = ComposeReport.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error, "the report").slice(0, 5);
  throw new ComposeError(`the composer's report cannot be read: ${problems.join("; ")}`);
}

export const failed = ({ errors, failed_ops }: PortRow): boolean => errors > 0 || failed_ops > 0;

/** Errors of the run that are about no port in it; the tree as a whole is not to be had then. */
export function errorsOfTree({ ports, stages }: ComposeReport): string[] {
  const origins = new Set(ports.map(({ origin }) => origin));
  const isOfPort = (error: string) => error.split(/[\s:]+/).some((word) => origins.has(word));
  return stages.flatMap(({ errors }) => errors.filter((error) => !isOfPort(error)));
}

/** Whether a port is to be absent from the tree, and why. */
function leftOut({ type, notes }: PortRow): string | null {
  if (type === "mask") return "the port is masked and left out";
  return notes.some((note) => leftOutNotes.includes(note)) ? "the port is left out of this target" : null;
}

/**
 * What the report says of one port that has an overlay. `isUpstream`: what was made is what upstream has, so that the overlay
 * did nothing, whatever was counted: an overlay without an effect is an error.
 */
export function judge(
  { ok, stages, ports }: ComposeReport,
  origin: string,
  isUpstream: boolean,
): Pick<ComposedOrigin, "applied" | "skipped" | "rejects"> & { isLeftOut: boolean } {
  const row = ports.find((port) => port.origin === origin);
  const rejects = stages
    .flatMap(({ name, errors }) =>
      errors.map((error) => ({ file: name, hunks: error.slice(0, longestError) })),
    )
    .slice(0, mostErrors);
  const reject = (hunks: string) => rejects.push({ file: `ports/${origin}`, hunks });
  if (row === undefined) {
    if (rejects.length === 0) reject("the composer's report does not name the port");
    return { applied: [], skipped: [], rejects, isLeftOut: false };
  }
  const why = leftOut(row);
  const applied = effectsOf(row);
  if (rejects.length === 0 && (!ok || failed(row))) reject("the composer failed without saying why");
  if (rejects.length === 0 && why === null && row.type !== "lock" && (applied.length === 0 || isUpstream))
    reject(noEffect(row));
  const { skipped_ops, total_ops } = row;
  const skipped = [
    ...(why === null ? [] : [{ file: "STATUS", why }]),
    ...(skipped_ops === 0
      ? []
      : [{ file: "overlay.dops", why: `${skipped_ops} of ${total_ops} operations are not for this target` }]),
  ];
  return { applied, skipped, rejects, isLeftOut: why !== null };
}

function effectsOf(row: PortRow): string[] {
  const counted: [number, string][] = [
    [row.applied_ops, "operations"],
    [row.fallback_patch_count, "patches"],
    [row.implicit_files_copied, "files"],
  ];
  return [
    ...counted.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
    ...row.compat_stages_executed,
  ];
}

function noEffect({ skipped_ops, total_ops }: PortRow): string {
  const ignored =
    skipped_ops > 0
      ? `${skipped_ops} of ${total_ops} operations are not for this target: see the overlay's \`target\``
      : "nothing of it was applied";
  return `the overlay has no effect: ${ignored}`;
}
