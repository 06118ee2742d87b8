import { PortwrightError } from "../../protocol/index.ts";
import type { Handlers } from "../context.ts";

const unfinished = (): Promise<never> => Promise.reject(new PortwrightError("badState", "not here yet"));

export const runResultsHandlers: Pick<Handlers, "run/results" | "runs/compare"> = {
  "run/results": unfinished,
  "runs/compare": unfinished,
};
