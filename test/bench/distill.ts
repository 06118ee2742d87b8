import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { importSource, listSources } from "../../server/src/evidence/import.ts";
import {
  type CorpusResult,
  type CorpusScore,
  parseLabels,
  SCORE_BUDGETS,
  scoreCorpus,
} from "../../server/src/evidence/score.ts";
import { measureSignatures } from "./distill/signatures.ts";
import { measureSpeed } from "./distill/speed.ts";

/**
 * Scores distillation on a folder of labelled logs (`labels.jsonl` beside them): what is found in which budget, classes,
 * signatures, and the time and memory for 50 MB. `--each` prints a line for every log, `--no-rebuild` leaves out what is
 * built for the signatures, `--no-speed` the packaged server.
 */
export async function run(args: string[]): Promise<void> {
  const folder = args.find((argument) => !argument.startsWith("-"));
  if (!folder) {
    throw new Error("usage: bench distill FOLDER-WITH-LABELS [--each] [--no-rebuild] [--no-speed]");
  }
  const labels = parseLabels(await readFile(join(folder, "labels.jsonl"), "utf8"));
  const results: CorpusResult[] = [];
  let largest = { path: "", bytes: 0 };
  for (const source of await listSources(folder)) {
    const { result, distillation } = await importSource(source);
    results.push(result);
    if (distillation.bytes > largest.bytes) largest = { path: source.path, bytes: distillation.bytes };
    if (args.includes("--each")) {
      const cause = distillation.cause ? `line ${distillation.cause.line}` : "no cause";
      console.log(result.file, distillation.confidence, cause, "|", distillation.signature.key);
    }
  }
  printScore(scoreCorpus(results, labels));
  const logs = labels.map((label) => ({ label, path: join(folder, label.file) }));
  const there = await Promise.all(logs.map(({ path }) => stat(path).catch(() => null)));
  await measureSignatures(
    logs.filter((_, index) => there[index] !== null),
    { rebuild: !args.includes("--no-rebuild") },
  );
  if (!args.includes("--no-speed") && largest.bytes > 0) await measureSpeed(largest.path);
}

function printScore(score: CorpusScore): void {
  const percent = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
  console.log("class                     right  of");
  for (const [name, { logs, right }] of Object.entries(score.byClass).sort()) {
    console.log(`${name.padEnd(24)} ${String(right).padStart(6)} ${String(logs).padStart(3)}`);
  }
  console.log(`class right: ${score.classRight} of ${score.logs} (${percent(score.classRight, score.logs)})`);
  for (const budget of SCORE_BUDGETS) {
    const found = score.found[budget];
    console.log(`found in ${budget}: ${found} of ${score.findable} (${percent(found, score.findable)})`);
  }
  for (const { id, expected, got, notFoundIn } of score.misses) {
    console.log(
      `miss ${id}: ${expected}, got ${got}${notFoundIn ? `, cause not in ${notFoundIn} bytes` : ""}`,
    );
  }
  if (score.unread.length > 0) console.log(`unread: ${score.unread.join(" ")}`);
}
