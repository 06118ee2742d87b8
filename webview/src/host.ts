import type { FromView, KeptState, ToView } from "./messages.ts";
import type { Strings } from "./strings.ts";

declare function acquireVsCodeApi(): {
  postMessage(message: FromView): void;
  setState(state: KeptState): void;
};

const editor = acquireVsCodeApi();

export function post(message: FromView): void {
  editor.postMessage(message);
}

export function keep(state: KeptState): void {
  editor.setState(state);
}

/** Only the editor can post into the view: its frame has an origin of its own. */
export function onMessage(listener: (message: ToView) => void): void {
  window.addEventListener("message", ({ data }: MessageEvent<ToView>) => listener(data));
}

/** The texts in the editor's language, which the page carries with it. */
export function readStrings(): Strings {
  return JSON.parse(document.body.dataset.strings ?? "{}") as Strings;
}
