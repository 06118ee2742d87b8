import { problemsOf } from "../config/problems.ts";
import { type Delivery, PortwrightError, Proof, type ProofFinding } from "../protocol/index.ts";
import type { BlobStore } from "../store/types.ts";
import { checkDelivered } from "./delivered.ts";
import { type ProofPart, partsOf, recordHash } from "./record.ts";
import type { SourceTrees } from "./trees.ts";

/** Holds every hash of a record against what is stored and what the trees hold; builds nothing and changes nothing. */
export async function checkProof(
  proof: Proof,
  { blobs, trees, deliveries }: { blobs: BlobStore; trees: SourceTrees; deliveries: readonly Delivery[] },
): Promise<ProofFinding[]> {
  const { error } = Proof.safeParse(proof);
  if (error) return [{ what: "the record", state: "differs", said: problemsOf(error, "record").join("; ") }];
  const parts = await Promise.all(partsOf(proof).map((part) => checkPart(blobs, part)));
  const others = [...(await checkTrees(proof, trees)), ...(await checkDelivered(proof, deliveries))];
  return [checkRecord(proof), ...parts, ...others, checkVerdict(proof)];
}

export const isSound = (findings: readonly ProofFinding[]): boolean =>
  findings.every(({ state }) => state === "same" || state === "unchecked");

function checkRecord(proof: Proof): ProofFinding {
  const what = "the record";
  const { recordSha256, tools, treeHashes, expected } = proof;
  if (recordSha256 === undefined) {
    // All of them are kept since records have a hash.
    if (tools ?? treeHashes ?? expected) return { what, state: "missing", said: "its hash was taken out" };
    return { what, state: "unchecked", said: "it was made before records had a hash" };
  }
  return compared(what, recordSha256, recordHash(proof));
}

async function checkPart(blobs: BlobStore, { what, sha256 }: ProofPart): Promise<ProofFinding> {
  try {
    await blobs.check(sha256);
    return { what, state: "same", said: sha256 };
  } catch (error) {
    if (!(error instanceof PortwrightError)) throw error;
    return { what, state: error.kind === "notFound" ? "missing" : "differs", said: error.message };
  }
}

async function checkTrees({ trees, treeHashes = {} }: Proof, sources: SourceTrees): Promise<ProofFinding[]> {
  const findings = Object.entries(trees).map(async ([tree, commit]): Promise<ProofFinding> => {
    const what = `the tree ${tree}`;
    const recorded = treeHashes[tree];
    if (recorded === undefined) return { what, state: "unchecked", said: "no hash of it was recorded" };
    const found = await sources.hash(tree, commit);
    if (found === null)
      return { what, state: "unchecked", said: `commit ${commit} is in no repository that is configured` };
    return compared(what, recorded, found);
  });
  return Promise.all(findings);
}

/** The verdict is one that follows from the rest of the record; a fault of the machinery can come behind any part of it. */
function checkVerdict({ verdict, baseline, build, checks }: Proof): ProofFinding {
  const what = "the verdict";
  const proved = baseline !== null && build?.passed === true && checks?.passed !== false;
  return verdict === "error" || proved === (verdict === "proved")
    ? { what, state: "same", said: verdict }
    : { what, state: "differs", said: `it says ${verdict}, but its builds say otherwise` };
}

const compared = (what: string, recorded: string, found: string): ProofFinding =>
  recorded === found
    ? { what, state: "same", said: found }
    : { what, state: "differs", said: `recorded as ${recorded}, but it is ${found}` };
