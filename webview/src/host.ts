import type { Strings } from "@portwright/server/sessionPage/strings";
import { visibleThroughout } from "@portwright/server/sessionPage/visible";
import type { FromView, KeptState, ToView } from "./messages.ts";

declare function acquireVsCodeApi(): {
  postMessage(message: FromView): void;
  getState(): KeptState | undefined;
  setState(state: KeptState): void;
};

const editor = acquireVsCodeApi();

export function post(message: FromView): void {
  editor.postMessage(message);
}

export function keep(state: KeptState): void {
  editor.setState(state);
}

/** What the view was before it was hidden or the window was loaded anew. */
export const kept: KeptState | undefined = editor.getState();

/** Only the editor can post into the view: its frame has an origin of its own. All text comes in by this door. */
export function onMessage(listener: (message: ToView) => void): void {
  window.addEventListener("message", ({ data }: MessageEvent<ToView>) => listener(visibleThroughout(data)));
}

/** The texts in the editor's language, which the page carries with it. */
export function readStrings(): Strings {
  return JSON.parse(document.body.dataset.strings ?? "{}") as Strings;
}
