import { Readable } from "node:stream";
import { distill } from "../../../../server/src/evidence/distill/distill.ts";
import type { Distillation, DistillOptions } from "../../../../server/src/evidence/distill/types.ts";

const RULE = "-".repeat(79);

/** A log in dsynth's shape: phases before the last succeed, the last one fails with these lines. */
export function dsynthLog(phase: string, lines: string, passed: Record<string, string> = {}): string {
  const block = (name: string, text: string, verdict: string) =>
    `${RULE}\n-- Phase: ${name}\n${RULE}\n\n${text}\n\n${verdict} 00:00:02\n\n`;
  const before = Object.entries(passed).map(([name, text]) => block(name, text, "SUCCEEDED"));
  return before.join("") + block(phase, lines, "FAILED");
}

/** The same failure as poudriere frames it. */
export function poudriereLog(phase: string, lines: string): string {
  return [
    "build started at Tue Jul  6 13:20:04 UTC 2021",
    "port directory: /usr/ports/devel/sample",
    "=======================<phase: check-sanity   >============================",
    "===>  License MIT accepted by the user",
    "===========================================================================",
    `=======================<phase: ${phase.padEnd(15)}>============================`,
    lines,
    "=>> Cleaning up wrkdir",
    "build of devel/sample | sample-1.0 ended at Tue Jul  6 13:20:12 UTC 2021",
    "build time: 00:00:08",
    "!!! build failure encountered !!!",
    "",
  ].join("\n");
}

/** Distils text, handed over in pieces of the given size. */
export function distillText(
  text: string | Uint8Array,
  options: DistillOptions = {},
  piece = 64 * 1024,
): Promise<Distillation> {
  const bytes = Buffer.from(text);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += piece) pieces.push(bytes.subarray(at, at + piece));
  return distill(Readable.from(pieces), options);
}
