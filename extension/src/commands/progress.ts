import * as vscode from "vscode";

/** Shows that the work goes on; cancelling closes the signal. */
export function withCancel<T>(title: string, work: (signal: AbortSignal) => Promise<T>): Thenable<T> {
  const { Notification: location } = vscode.ProgressLocation;
  return vscode.window.withProgress({ location, title, cancellable: true }, (_, token) => {
    const cancelled = new AbortController();
    token.onCancellationRequested(() => cancelled.abort());
    return work(cancelled.signal);
  });
}
