import * as vscode from "vscode";
import { hunkLines } from "./review.ts";
import type { Reviews } from "./reviews.ts";

/** Shows in every open side of a diff which hunks are left out of what is proved next. */
export function decorateReviews(reviews: Reviews): vscode.Disposable {
  const dropped = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    opacity: "0.45",
    textDecoration: "line-through",
    overviewRulerColor: new vscode.ThemeColor("editorWarning.foreground"),
    overviewRulerLane: vscode.OverviewRulerLane.Right,
  });
  const heading = vscode.window.createTextEditorDecorationType({
    after: {
      contentText: vscode.l10n.t("dropped"),
      color: new vscode.ThemeColor("editorWarning.foreground"),
      margin: "0 0 0 2em",
      textDecoration: "none; opacity: 1",
    },
  });
  const draw = (): void => {
    for (const editor of vscode.window.visibleTextEditors) {
      const ranges = rangesOf(editor.document, reviews);
      editor.setDecorations(dropped, ranges);
      editor.setDecorations(
        heading,
        ranges.map((range) => editor.document.lineAt(range.start.line).range),
      );
    }
  };
  draw();
  return vscode.Disposable.from(
    dropped,
    heading,
    reviews.onChange(draw),
    vscode.window.onDidChangeVisibleTextEditors(draw),
  );
}

function rangesOf(document: vscode.TextDocument, reviews: Reviews): vscode.Range[] {
  const place = reviews.placeOf(document.uri);
  const file = place?.review.files.find(({ path }) => path === place.path);
  if (!place || !file) return [];
  return file.hunks
    .filter(({ number }) => place.review.isDropped({ path: file.path, hunk: number }))
    .map((hunk) => {
      const [start, count] = hunkLines(hunk, place.side);
      const first = Math.min(Math.max(start - 1, 0), document.lineCount - 1);
      const last = Math.min(first + Math.max(count, 1) - 1, document.lineCount - 1);
      return new vscode.Range(first, 0, last, document.lineAt(last).text.length);
    });
}
