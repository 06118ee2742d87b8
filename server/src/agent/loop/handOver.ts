import type { AttemptState } from "../tools/state.ts";
import { fitBytes } from "../tools/text.ts";

const SHOWN = 20;
const SUMMARY_BYTES = 6000;

/** What an attempt leaves when it ends without a fix: why it ended, each edit and how each build ended. */
export function handOver(words: string, state: AttemptState): string {
  const edits = state.edits.slice(-SHOWN);
  const lines = [
    words,
    ...(edits.length === 0
      ? ["No file was edited."]
      : ["Edits (path, SHA-256):", ...edits.map((edit) => `- ${edit}`)]),
    ...(state.builds.length === 0
      ? ["Nothing was built."]
      : ["Builds:", ...state.builds.slice(-SHOWN).map(buildLine)]),
    ...(state.unsaved.size === 0 ? [] : [`Edited but in no patch: ${[...state.unsaved].join(", ")}`]),
  ];
  return fitBytes(lines.join("\n"), SUMMARY_BYTES);
}

function buildLine(build: AttemptState["builds"][number], index: number): string {
  const end = build.passed
    ? "passed"
    : `failed in ${build.phase ?? "no phase"}, signature ${build.signature}`;
  return `- ${index + 1}: ${end}, diff ${build.diffSha256.slice(0, 12)}, log ${build.log}`;
}
