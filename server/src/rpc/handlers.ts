import type { Handlers } from "./context.ts";
import { caseHandlers } from "./handlers/cases.ts";
import { decisionHandlers } from "./handlers/decisions.ts";
import { environmentHandlers } from "./handlers/environments.ts";
import { historyHandlers } from "./handlers/history.ts";
import { serverHandlers } from "./handlers/server.ts";

/** Every method of the contract; the type makes a missing or a wrongly typed one a compile error. */
export const handlers: Handlers = {
  ...serverHandlers,
  ...caseHandlers,
  ...decisionHandlers,
  ...historyHandlers,
  ...environmentHandlers,
};
