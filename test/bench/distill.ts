import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { importSource, listSources } from "../../server/src/evidence/import.ts";
import {
  type CorpusResult,
  type CorpusScore,
  parseLabels,
  SCORE_BUDGETS,
  scoreCorpus,
} from "../../server/src/evidence/score.ts";

const WORDS = "error|failed|not found|undefined|cannot|no such file|stop|killed";
const SPEED_FROM = 1024 * 1024;

/** Scores distillation on a folder of labelled logs (argument 1; `labels.jsonl` beside them) and times it. */
export async function run(args: string[]): Promise<void> {
  const folder = args[0];
  if (!folder) throw new Error("usage: bench distill FOLDER-WITH-LABELS [--each]");
  const labels = parseLabels(await readFile(join(folder, "labels.jsonl"), "utf8"));
  const results: CorpusResult[] = [];
  const speed = { bytes: 0, ours: 0, grep: 0 };
  for (const source of await listSources(folder)) {
    const started = performance.now();
    const item = await importSource(source);
    const ours = performance.now() - started;
    results.push(item.result);
    const { distillation } = item;
    if (args.includes("--each")) {
      const cause = distillation.cause ? `line ${distillation.cause.line}` : "no cause";
      console.log(item.result.file, distillation.confidence, cause, "|", distillation.signature.key);
    }
    if (distillation.bytes >= SPEED_FROM) {
      speed.bytes += distillation.bytes;
      speed.ours += ours;
      speed.grep += await grepSeconds(source.path);
    }
  }
  printScore(scoreCorpus(results, labels));
  if (speed.bytes > 0) {
    const megabytes = speed.bytes / 1e6;
    const ratio = (speed.ours / speed.grep).toFixed(2);
    console.log(
      `speed: ${(megabytes / (speed.ours / 1000)).toFixed(0)} MB/s with unpacking, ${ratio} x grep -cE`,
    );
  }
  console.log(`resident: ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
}

/** Milliseconds of `zcat -f LOG | grep -cE WORDS`, the floor of any search. */
function grepSeconds(path: string): Promise<number> {
  const started = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const command = 'zcat -f < "$1" | LC_ALL=C grep -aciE "$2" >/dev/null';
  const child = spawn("sh", ["-c", command, "sh", path, WORDS], { stdio: "ignore" });
  child.on("error", reject);
  child.on("close", () => resolve(performance.now() - started));
  return promise;
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
