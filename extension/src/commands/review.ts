import * as vscode from "vscode";
import { withDiff } from "../cases/actions.ts";
import { portName } from "../cases/words.ts";
import { documentUri } from "../documents/fileSystem.ts";
import type { Review } from "../review/review.ts";
import { reviewDocuments } from "../review/reviews.ts";
import type { Services } from "../services.ts";
import { type ChosenCase, chooseCase } from "./chooseCase.ts";
import { followWork } from "./work.ts";

const { t } = vscode.l10n;

/** All files of the fix beside their originals, or the unified diff as it is where these cannot be had. */
export async function openDiff({ builders, reviews }: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(builders, node, withDiff);
  if (!chosen) return;
  const { builder, subject } = chosen;
  const name = portName(subject);
  const { review, problem } = await reviews.load(builder, subject.id);
  if (problem !== null) {
    const reference = { kind: "artifact", sha256: review.sha256, name: `${name}.diff` } as const;
    await vscode.window.showTextDocument(documentUri(builder.name, reference));
    vscode.window.setStatusBarMessage(t("Shown as one text: {0}", problem), 10_000);
    return;
  }
  const documents = reviewDocuments(review);
  const [only, ...more] = documents;
  const state = review.proved ? t("proved") : t("not proved");
  if (only?.original && only.patched && more.length === 0) {
    const title = t("{0}: {1} ({2})", name, only.path.split("/").at(-1) ?? "", state);
    await vscode.commands.executeCommand("vscode.diff", only.original, only.patched, title);
  } else
    await vscode.commands.executeCommand(
      "vscode.changes",
      t("{0}: fix, {1}", name, state),
      documents.map(({ label, original, patched }) => [label, original, patched]),
    );
}

/** Drops the hunk at the cursor, or keeps it again. */
export async function toggleHunk({ reviews }: Services): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const place = editor && reviews.placeOf(editor.document.uri);
  const hunk = editor && place?.review.hunkAt(place.path, place.side, editor.selection.active.line + 1);
  if (!place || !hunk) throw new Error(t("Put the cursor into a change of a fix that is open as a diff."));
  place.review.setDropped(hunk, !place.review.isDropped(hunk));
}

/** Lists the hunks of a fix with a box each; those without a tick are dropped. */
export async function chooseHunks(services: Services, node: unknown): Promise<void> {
  const found = await findReview(services, node);
  if (!found) return;
  const { review } = found;
  const picks = review.files.flatMap(({ path, hunks }) =>
    hunks.map(({ number, newStart, text }) => {
      const name = { path, hunk: number };
      const label = `${path.split("/").slice(-2).join("/")}:${newStart}`;
      return { name, label, detail: text, picked: !review.isDropped(name) };
    }),
  );
  const kept = await vscode.window.showQuickPick(picks, {
    title: t("Changes to keep"),
    placeHolder: t("Take the tick away from what is to be dropped"),
    canPickMany: true,
    matchOnDetail: true,
  });
  if (!kept) return;
  for (const pick of picks) review.setDropped(pick.name, !kept.includes(pick));
  if (review.dropped.length === 0) return;
  const prove = t("Prove");
  const chosen = await vscode.window.showInformationMessage(
    t(
      "{0} changes are dropped. What is kept has to be proved before it can be delivered.",
      review.dropped.length,
    ),
    prove,
  );
  if (chosen === prove) await proveCandidate(services, found.chosen, review);
}

/** Makes what is kept the case's diff and follows its proof. */
export async function proveKept(services: Services, node: unknown): Promise<void> {
  const found = await findReview(services, node);
  if (!found) return;
  if (found.review.dropped.length === 0)
    throw new Error(t("No change is dropped: drop one first, or prove the fix as it is with Verify."));
  await proveCandidate(services, found.chosen, found.review);
}

async function proveCandidate(
  services: Services,
  { builder, subject }: ChosenCase,
  review: Review,
): Promise<void> {
  const { job } = await builder.connection.call("case/candidate", {
    ...{ case: subject.id, diff: review.sha256 },
    drop: review.dropped,
  });
  for (const name of review.dropped) review.setDropped(name, false);
  await followWork(services, { builder, subject }, "verify", job);
}

/** The review of the active editor, of the row, or of a case that the person picks. */
async function findReview(
  { builders, reviews }: Services,
  node: unknown,
): Promise<{ chosen: ChosenCase; review: Review } | undefined> {
  // Menus of an editor hand over its document.
  const uri = node instanceof vscode.Uri || !node ? vscode.window.activeTextEditor?.document.uri : undefined;
  const place = uri && reviews.placeOf(uri);
  const row = place ? place.review.subject : node;
  const chosen = await chooseCase(builders, row, withDiff);
  if (!chosen) return undefined;
  const { review, problem } = await reviews.load(chosen.builder, chosen.subject.id);
  if (problem !== null)
    throw new Error(t("The changes of {0} cannot be told apart: {1}", portName(chosen.subject), problem));
  return { chosen, review };
}
