import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { distill } from "../../../server/src/evidence/distill/distill.ts";
import type { CorpusLabel } from "../../../server/src/evidence/score.ts";
import { type PairScore, type Signed, scorePairs } from "./pairs.ts";
import { type KnownLog, rebuildProjects, rebuildSamplePorts } from "./rebuilds.ts";
import { variationsOf } from "./variations.ts";

/** Larger logs are left out of the pairs: each of their variations is distilled too. */
const LARGEST = 3_000_000;
const LISTED = 40;

/** Measures signatures on real rebuilds and on variations of labelled logs, and prints every pair that went wrong. */
export async function measureSignatures(
  logs: readonly { label: CorpusLabel; path: string }[],
  options: { rebuild: boolean },
): Promise<void> {
  console.log("\nsignatures                                logs causes recall precision");
  if (options.rebuild) {
    print("rebuilt projects (folders, versions, -j)", await score(await rebuildProjects()));
    print("rebuilt sample ports (dsynth, make)", await score(await rebuildSamplePorts()));
  }
  const originals: KnownLog[] = [];
  const varied: KnownLog[] = [];
  for (const { label, path } of logs) {
    if (label.root_cause_substrings.length === 0) continue;
    const bytes = await readFile(path);
    const log = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
    if (log.length > LARGEST) continue;
    const original = { cause: causeOf(label), how: label.id, log };
    originals.push(original);
    for (const { name, log: other } of variationsOf(log)) {
      varied.push({ cause: original.cause, how: `${label.id} ${name}`, log: other });
    }
  }
  print("labelled logs, each its own cause", await score(originals));
  print("labelled logs and their variations", await score([...originals, ...varied]));
}

/** What a label takes for the cause, less what compilers of different makes say around it. */
function causeOf({ classification, phase, root_cause_substrings }: CorpusLabel): string[] {
  return root_cause_substrings.map((text) => {
    const told = text
      .replace(/['"`:]|file not found|No such file or directory|fatal error|error/g, "")
      .trim();
    return `${classification}, ${phase}: ${told}`;
  });
}

async function score(logs: readonly KnownLog[]): Promise<PairScore> {
  const signed: Signed[] = [];
  for (const { cause, how, log } of logs) {
    const { signature } = await distill(Readable.from([Buffer.from(log, "latin1")]));
    signed.push({ cause, how, signature: signature.id, key: signature.key });
  }
  return scorePairs(signed);
}

function print(name: string, { logs, causes, recall, precision, apart, joined }: PairScore): void {
  const numbers = `${String(logs).padStart(5)} ${String(causes).padStart(6)} ${recall.toFixed(3)}     ${precision.toFixed(3)}`;
  console.log(`${name.padEnd(41)}${numbers}`);
  for (const pair of apart.slice(0, LISTED)) console.log(`  apart: ${pair}`);
  for (const pair of joined.slice(0, LISTED)) console.log(`  joined: ${pair}`);
}
