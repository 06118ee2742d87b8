import { within } from "./paths.ts";
import type { ToolContext } from "./types.ts";

/** Texts of the server (the failure's evidence, results too large to show) as files that every tool can read. */
export const KEPT_FOLDER = "/work/obj/.portwright";
const FILE_BYTES = 16 * 1024 * 1024;

/** Puts a result aside; returns its blob and the path by which tools read it. */
export async function keepText(
  context: ToolContext,
  text: string,
): Promise<{ path: string; sha256: string }> {
  const sha256 = await context.blobs.put(Buffer.from(text));
  const path = `${KEPT_FOLDER}/results/${context.state.kept.size + 1}.txt`;
  context.state.kept.set(path, sha256);
  return { path, sha256 };
}

/** Makes the bundle's artifacts readable below KEPT_FOLDER/evidence; nothing is written before a tool asks. */
export function keepEvidence(context: ToolContext): void {
  for (const artifact of context.bundle.artifacts) {
    if (/(^|\/)\.\.?(\/|$)/.test(artifact.name)) continue;
    context.state.kept.set(`${KEPT_FOLDER}/evidence/${artifact.name}`, artifact.sha256);
  }
}

/** /work path of the failure's own log, or null when the bundle has none. */
export function evidenceLog(context: ToolContext): string | null {
  const names = [...context.state.kept.keys()].filter((path) => path.startsWith(`${KEPT_FOLDER}/evidence/`));
  return names.find((path) => /\/full\.log(\.gz)?$/.test(path)) ?? null;
}

/** Writes the kept files at or below `path` anew: a build may have emptied /work/obj, or put its own in their place. */
export async function restoreKept(context: ToolContext, path: string): Promise<void> {
  if (!within(path, KEPT_FOLDER)) return;
  for (const [kept, sha256] of context.state.kept) {
    if (within(kept, path)) await context.environment.files.write(kept, await readBounded(context, sha256));
  }
}

async function readBounded(context: ToolContext, sha256: string): Promise<Buffer> {
  const head = await context.blobs.read(sha256, { offset: 0, length: FILE_BYTES });
  if (head.bytes <= FILE_BYTES) return head.data;
  const half = FILE_BYTES / 2 - 128;
  const tail = await context.blobs.read(sha256, { offset: head.bytes - half, length: half });
  const mark = Buffer.from(`\n[... ${head.bytes - 2 * half} bytes left out ...]\n`);
  return Buffer.concat([head.data.subarray(0, half), mark, tail.data]);
}
