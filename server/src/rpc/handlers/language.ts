import { PortwrightError } from "../../protocol/index.ts";
import type { Handlers } from "../context.ts";

const unfinished = (): Promise<never> => Promise.reject(new PortwrightError("badState", "not here yet"));

export const languageHandlers: Pick<Handlers, "language/open" | "language/close"> = {
  "language/open": unfinished,
  "language/close": unfinished,
};
