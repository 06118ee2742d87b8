import { PortwrightError } from "../../protocol/index.ts";
import type { Handlers } from "../context.ts";

const unfinished = (): Promise<never> => Promise.reject(new PortwrightError("badState", "not here yet"));

export const marksHandlers: Pick<Handlers, "case/mark" | "case/note" | "case/notes"> = {
  "case/mark": unfinished,
  "case/note": unfinished,
  "case/notes": unfinished,
};
