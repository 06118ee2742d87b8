import { PortwrightError } from "../../protocol/index.ts";
import type { Handlers } from "../context.ts";

const unfinished = (): Promise<never> => Promise.reject(new PortwrightError("badState", "not here yet"));

export const policyHandlers: Pick<Handlers, "policy/files" | "policy/explain"> = {
  "policy/files": unfinished,
  "policy/explain": unfinished,
};
