import type { Attempt, Bundle, CaseDetail, Delivery, Proof } from "@portwright/server/protocol";
import type { CasePlace } from "../cases/casePlace.ts";
import type { CommandId } from "../contributions.ts";

/** A row of the tree, by names alone: what it shows is looked up when it is drawn. */
export type TreeNode = { readonly builder: string } & (
  | { readonly kind: "builder" }
  | { readonly kind: "target"; readonly target: string }
  | { readonly kind: "group"; readonly place: CasePlace & { group: string } }
  | { readonly kind: "case"; readonly caseId: string; readonly place: CasePlace }
  /** What stands in the place beyond the rows that are shown: groups, or cases. */
  | { readonly kind: "more"; readonly of: "groups" | "cases"; readonly place: CasePlace }
  | { readonly kind: "message"; readonly text: string; readonly command?: CommandId }
  | CasePart
);
export type NodeOf<K extends TreeNode["kind"]> = Extract<TreeNode, { kind: K }>;

/** What stands below a case; `waits` is why an attempt does not go on, "" where nothing but its turn is missing. */
export type CasePart = { readonly builder: string; readonly caseId: string; readonly place: CasePlace } & (
  | { readonly kind: "bundle"; readonly bundle: Bundle }
  | { readonly kind: "attempt"; readonly attempt: Attempt; readonly waits?: string }
  | { readonly kind: "proof"; readonly proof: Proof }
  | { readonly kind: "delivery"; readonly delivery: Delivery }
  | { readonly kind: "diff"; readonly proved: boolean }
  | { readonly kind: "handOver" }
);

/** The same for the same row, and of no other row in the tree. */
export function nodeId(node: TreeNode): string {
  return JSON.stringify([node.kind, node.builder, ...namesOf(node)]);
}

function namesOf(node: TreeNode): unknown[] {
  switch (node.kind) {
    case "builder":
      return [];
    case "target":
      return [node.target];
    case "message":
      return [node.text];
    case "group":
      return [node.place.target, node.place.group];
    case "more":
      return [node.place.target, node.place.group, node.of];
    default:
      return [node.place.target, node.place.group, node.caseId, partName(node)];
  }
}

function partName(node: CasePart | NodeOf<"case">): string {
  switch (node.kind) {
    case "bundle":
      return node.bundle.id;
    case "attempt":
      return node.attempt.id;
    case "proof":
      return node.proof.id;
    case "delivery":
      return node.delivery.id;
    default:
      return "";
  }
}

/** What stands below a case, in the order in which a porter asks for it. */
export function partsOf(
  { builder, caseId, place }: NodeOf<"case">,
  { case: subject, bundles, attempts, proofs, jobs, waits = "" }: CaseDetail,
  deliveries: readonly Delivery[],
): CasePart[] {
  const of = { builder, caseId, place };
  const isWaiting = ({ outcome, jobId }: Attempt): boolean =>
    outcome === null && jobs.some(({ id, state }) => id === jobId && state === "queued");
  const proved = proofs.some(
    ({ verdict, diffSha256 }) => verdict === "proved" && diffSha256 === subject.diffSha256,
  );
  return [
    ...(subject.handOver ? [{ kind: "handOver", ...of } as const] : []),
    ...(subject.diffSha256 ? [{ kind: "diff", ...of, proved } as const] : []),
    ...deliveries.map((delivery) => ({ kind: "delivery", ...of, delivery }) as const),
    ...proofs
      .toSorted((a, b) => b.startedAt - a.startedAt)
      .map((proof) => ({ kind: "proof", ...of, proof }) as const),
    ...attempts
      .toSorted((a, b) => b.number - a.number)
      .map((attempt) => ({ kind: "attempt", ...of, attempt, ...(isWaiting(attempt) && { waits }) }) as const),
    ...bundles.toSorted((a, b) => b.at - a.at).map((bundle) => ({ kind: "bundle", ...of, bundle }) as const),
  ];
}
