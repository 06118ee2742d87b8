import { PortwrightError } from "../../protocol/index.ts";
import type { Handlers } from "../context.ts";

const unfinished = (): Promise<never> => Promise.reject(new PortwrightError("badState", "not here yet"));

export const candidatesHandlers: Pick<Handlers, "case/candidate"> = {
  "case/candidate": unfinished,
};
