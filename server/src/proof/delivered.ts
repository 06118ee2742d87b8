import { EnvironmentError } from "../environments/errors.ts";
import { git } from "../environments/git.ts";
import type { Delivery, Proof, ProofFinding } from "../protocol/index.ts";
import { recordHash } from "./record.ts";

/**
 * Holds the record against what the commits that deliver it say of it. A record can be changed together with its own hash;
 * commits stand outside of the state, and others have copies of them.
 */
export function checkDelivered(proof: Proof, deliveries: readonly Delivery[]): Promise<ProofFinding[]> {
  const standing = deliveries.filter(({ proofId, state }) => proofId === proof.id && state === "applied");
  return Promise.all(standing.map((delivery) => checkCommit(proof, delivery)));
}

async function checkCommit(proof: Proof, { commit, repository }: Delivery): Promise<ProofFinding> {
  const what = `the record in commit ${commit.slice(0, 12)}`;
  const message = await commitText(repository, commit);
  if (message === null) return { what, state: "unchecked", said: `the commit is not in ${repository}` };
  // Words of others stand behind a bar in that message, and look like no such line.
  const recorded = /^ {4}record: ([0-9a-f]{64})$/m.exec(message)?.[1];
  if (recorded === undefined) return { what, state: "unchecked", said: "the commit names no record" };
  const found = recordHash(proof);
  return recorded === found
    ? { what, state: "same", said: found }
    : { what, state: "differs", said: `delivered as ${recorded}, but it is ${found}` };
}

async function commitText(repository: string, commit: string): Promise<string | null> {
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return null;
  try {
    return await git(["cat-file", "commit", commit], { cwd: repository });
  } catch (error) {
    // Removed, or in a repository that is gone: nothing is known of it.
    if (error instanceof EnvironmentError && error.reason === "system") return null;
    throw error;
  }
}
