import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import { contextKeys, documentScheme, type ReviewContext } from "../contributions.ts";
import { documentUri } from "../documents/fileSystem.ts";
import { parseDocumentAddress, type ReviewSide, reviewSides } from "../documents/reference.ts";
import { Review } from "./review.ts";

/** Diffs that are remembered with their dropped hunks; older ones are read anew when they are looked at again. */
const keptReviews = 50;

/** A place in a diff that is being read. */
export interface ReviewPlace {
  review: Review;
  side: ReviewSide;
  path: string;
}

/** The diffs that were opened in this window, and which documents are of them. */
export class Reviews implements vscode.Disposable {
  readonly #reviews = new Map<string, Review>();
  readonly #changes = new vscode.EventEmitter<Review>();
  readonly #listening: vscode.Disposable;
  /** Another review was opened, or other hunks of one are dropped. */
  readonly onChange = this.#changes.event;

  constructor() {
    const tell = (): void => this.#tellContext();
    this.#listening = vscode.Disposable.from(
      vscode.window.onDidChangeActiveTextEditor(tell),
      this.#changes.event(tell),
    );
  }

  /** Reads both sides of the case's diff. Throws what the server refuses. */
  async load(
    { name, connection }: Builder,
    caseId: string,
  ): Promise<{ review: Review; problem: string | null }> {
    const answer = await connection.call("case/review", { case: caseId });
    const key = keyOf(name, answer.sha256, caseId);
    const known = this.#reviews.get(key);
    // A proof may have been made since.
    const review =
      known && known.proved === answer.proved && known.files.length === answer.files.length
        ? known
        : new Review({ builder: name, caseId }, answer);
    this.#reviews.delete(key);
    this.#reviews.set(key, review);
    for (const oldest of [...this.#reviews.keys()].slice(0, -keptReviews)) this.#reviews.delete(oldest);
    if (review !== known) review.onChange(() => this.#changes.fire(review));
    this.#changes.fire(review);
    return { review, problem: answer.problem };
  }

  /** The review that a document is a side of; undefined for any other document. */
  placeOf(uri: vscode.Uri): ReviewPlace | undefined {
    if (uri.scheme !== documentScheme) return undefined;
    const reference = parseDocumentAddress(uri);
    if (reference?.kind !== "review") return undefined;
    const review = this.#reviews.get(keyOf(uri.authority, reference.diff, reference.caseId));
    return review && { review, side: reference.side, path: reference.name };
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changes.dispose();
  }

  #tellContext(): void {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const place = uri && this.placeOf(uri);
    const value: ReviewContext = !place ? "none" : place.review.dropped.length > 0 ? "changed" : "whole";
    void vscode.commands.executeCommand("setContext", contextKeys.review, value);
  }
}

const keyOf = (builder: string, diff: string, caseId: string): string => `${builder}/${caseId}/${diff}`;

interface ReviewDocuments {
  path: string;
  /** Names the file in an editor of many. */
  label: vscode.Uri;
  /** Undefined where the file is not there. */
  original: vscode.Uri | undefined;
  patched: vscode.Uri | undefined;
}

/** The documents of both sides of each file, in the diff's order. */
export function reviewDocuments({ subject, sha256: diff, files }: Review): ReviewDocuments[] {
  const { builder, caseId } = subject;
  return files.map((file) => {
    const side = (name: ReviewSide): vscode.Uri =>
      documentUri(builder, {
        ...({ kind: "review", caseId, diff, side: name } as const),
        ...{ sha256: file[name], name: file.path },
      });
    const [original, patched] = reviewSides.map((name) => (file[name] ? side(name) : undefined));
    return { path: file.path, label: side("patched"), original, patched };
  });
}
