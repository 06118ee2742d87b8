import { visible } from "@portwright/server/sessionPage/visible";
import * as vscode from "vscode";

/** Typing goes on for that long before the server is asked. */
const restMs = 200;

interface SearchOptions<T> {
  placeHolder: string;
  /** Told when there is nothing at all to pick from; without it something may only be found by words. */
  nothing?: string;
  search(text: string, signal: AbortSignal): Promise<Pick<T>[]>;
}

type Pick<T> = vscode.QuickPickItem & { readonly value: T };

/** Lets a person pick from what a search finds, which goes on as he types; undefined when he picks none. */
export async function searchAndPick<T>(options: SearchOptions<T>): Promise<T | undefined> {
  const { placeHolder, nothing, search } = options;
  let searching = new AbortController();
  const first = await search("", searching.signal);
  if (first.length === 0 && nothing !== undefined) {
    void vscode.window.showInformationMessage(nothing);
    return undefined;
  }
  const box = vscode.window.createQuickPick<Pick<T>>();
  const listening: vscode.Disposable[] = [];
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<T | undefined>((resolve, reject) => {
      const find = async (text: string, { signal }: AbortController): Promise<void> => {
        box.busy = true;
        try {
          const found = await search(text, signal);
          if (!signal.aborted) box.items = found.map(shown);
        } catch (error) {
          if (!signal.aborted) reject(error);
        }
        if (!signal.aborted) box.busy = false;
      };
      Object.assign(box, { placeholder: placeHolder, items: first.map(shown) });
      listening.push(
        box.onDidChangeValue((text) => {
          clearTimeout(timer);
          searching.abort();
          searching = new AbortController();
          const mine = searching;
          // A click on a row that is replaced would take what then stands at its place.
          Object.assign(box, { items: [], busy: true });
          timer = setTimeout(() => void find(text.trim(), mine), restMs);
        }),
        box.onDidAccept(() => box.selectedItems.slice(0, 1).map(({ value }) => resolve(value))),
        box.onDidHide(() => resolve(undefined)),
      );
      box.show();
    });
  } finally {
    clearTimeout(timer);
    searching.abort();
    vscode.Disposable.from(...listening, box).dispose();
  }
}

/** What it found is shown as it is, not sought in again, and with no character that misleads. */
function shown<T>({ label, description, detail, ...item }: Pick<T>): Pick<T> {
  return {
    ...{ ...item, label: visible(label), alwaysShow: true },
    ...(description !== undefined && { description: visible(description) }),
    ...(detail !== undefined && { detail: visible(detail) }),
  } as Pick<T>;
}
