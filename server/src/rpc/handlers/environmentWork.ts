import { PortwrightError } from "../../protocol/index.ts";
import type { Handlers } from "../context.ts";

const unfinished = (): Promise<never> => Promise.reject(new PortwrightError("badState", "not here yet"));

export const environmentWorkHandlers: Pick<Handlers, "env/status" | "env/update" | "env/reset" | "env/exec"> =
  {
    "env/status": unfinished,
    "env/update": unfinished,
    "env/reset": unfinished,
    "env/exec": unfinished,
  };
