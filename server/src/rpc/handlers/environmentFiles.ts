import { PortwrightError } from "../../protocol/index.ts";
import type { Handlers } from "../context.ts";

const unfinished = (): Promise<never> => Promise.reject(new PortwrightError("badState", "not here yet"));

export const environmentFilesHandlers: Pick<
  Handlers,
  "env/stat" | "env/readDirectory" | "env/read" | "env/source"
> = {
  "env/stat": unfinished,
  "env/readDirectory": unfinished,
  "env/read": unfinished,
  "env/source": unfinished,
};
