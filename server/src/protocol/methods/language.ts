import { z } from "zod";
import { Empty, type MethodTable } from "./shared.ts";

/** The editor features for ports files are LSP, carried inside this connection as `language/message` notifications. */
export const languageMethods = {
  "language/open": [Empty, z.object({ channel: z.string() })],
  "language/close": [z.object({ channel: z.string() }), Empty],
} as const satisfies MethodTable;
