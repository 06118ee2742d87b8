import { type BuilderDefinition, serverCommand } from "../builders/definition.ts";
import { remoteCommand } from "./ssh/quote.ts";
import { sshWords } from "./ssh/systemHost.ts";

/**
 * The program and its arguments that give a person's terminal to the builder's own command. To a far builder the system's ssh
 * does it, whatever the connection goes over: in a terminal it can ask what it needs to know.
 */
export function terminalCommand(
  definition: BuilderDefinition,
  args: readonly string[],
): [program: string, ...args: string[]] {
  const [program = "", ...rest] = serverCommand(definition, ...args);
  if (definition.type === "local") return [program, ...rest];
  return ["ssh", "-t", ...sshWords(definition), remoteCommand([program, ...rest])];
}
