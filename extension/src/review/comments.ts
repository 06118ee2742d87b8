import type { Note } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { Builders } from "../builders/builders.ts";
import { notesOf } from "../cases/notes.ts";
import { commentControllerId } from "../contributions.ts";
import type { Review } from "./review.ts";
import { type Reviews, reviewDocuments } from "./reviews.ts";

const { t } = vscode.l10n;

/** Comments on lines of a diff: notes on the case, or what its next attempt is told. */
export class ReviewComments implements vscode.Disposable {
  readonly #builders: Builders;
  readonly #reviews: Reviews;
  readonly #controller: vscode.CommentController;
  /** By diff, then note: those that are shown. A diff that is proved meanwhile has another review, and the same lines. */
  readonly #shown = new Map<string, Set<string>>();
  readonly #listening: vscode.Disposable;

  constructor(builders: Builders, reviews: Reviews, onError: (error: unknown) => void) {
    this.#builders = builders;
    this.#reviews = reviews;
    this.#controller = vscode.comments.createCommentController(commentControllerId, "Portwright");
    this.#controller.options = {
      prompt: t("Comment on this line"),
      placeHolder: t("What should be otherwise, or what should others know?"),
    };
    this.#controller.commentingRangeProvider = {
      provideCommentingRanges: ({ uri, lineCount }) =>
        reviews.placeOf(uri)?.side === "patched" ? [new vscode.Range(0, 0, lineCount - 1, 0)] : [],
    };
    this.#listening = reviews.onChange((review) => {
      const diff = diffOf(review);
      if (this.#shown.has(diff)) return;
      this.#shown.set(diff, new Set());
      this.#load(review).catch((error: unknown) => {
        this.#shown.delete(diff);
        onError(error);
      });
    });
  }

  /** Stores what was typed below a line; `steers` tells it to the next attempt too. */
  async add({ thread, text }: vscode.CommentReply, steers: boolean): Promise<void> {
    const place = this.#reviews.placeOf(thread.uri);
    const { connection } = (place && this.#builders.get(place.review.subject.builder)) ?? {};
    if (!place || !connection)
      throw new Error(t("This diff is not open any more; open it again to comment."));
    const { note } = await connection.call("case/note", {
      ...{ case: place.review.subject.caseId, kind: "comment", text, steers },
      anchor: {
        ...{ diffSha256: place.review.sha256, path: place.path },
        line: (thread.range?.start.line ?? 0) + 1,
      },
    });
    if (note.id) this.#shown.get(diffOf(place.review))?.add(note.id);
    thread.comments = [...thread.comments, commentOf(note)];
    thread.canReply = true;
  }

  dispose(): void {
    this.#listening.dispose();
    this.#controller.dispose();
  }

  async #load(review: Review): Promise<void> {
    const { builder, caseId } = review.subject;
    const connection = this.#builders.get(builder)?.connection;
    if (!connection?.capabilities.includes("marks")) return;
    const notes = await notesOf(connection.call, caseId);
    const threads = new Map<string, vscode.CommentThread>();
    for (const note of notes.toReversed()) this.#show(review, note, threads);
  }

  #show(review: Review, note: Note, threads: Map<string, vscode.CommentThread>): void {
    const { id, anchor } = note;
    const shown = this.#shown.get(diffOf(review));
    if (!id || !anchor || anchor.diffSha256 !== review.sha256 || !shown || shown.has(id)) return;
    const document = reviewDocuments(review).find(({ path }) => path === anchor.path);
    if (!document?.patched) return;
    shown.add(id);
    const key = `${anchor.path}:${anchor.line}`;
    const thread =
      threads.get(key) ??
      this.#controller.createCommentThread(
        document.patched,
        new vscode.Range(anchor.line - 1, 0, anchor.line - 1, 0),
        [],
      );
    threads.set(key, thread);
    thread.comments = [...thread.comments, commentOf(note)];
  }
}

const diffOf = ({ subject, sha256 }: Review): string => `${subject.builder}/${subject.caseId}/${sha256}`;

function commentOf({ who, text, at, steers }: Note): vscode.Comment {
  return {
    author: { name: who },
    // A plain string is shown as it is: what others wrote is no Markdown of ours.
    body: text,
    mode: vscode.CommentMode.Preview,
    label: steers ? t("for the next attempt") : t("note"),
    ...(at !== undefined && { timestamp: new Date(at) }),
  };
}
