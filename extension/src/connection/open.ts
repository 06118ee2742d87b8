import { type BuilderDefinition, serverCommand } from "../builders/definition.ts";
import { type OpenChannel, spawnChannel } from "./channel.ts";

/** The way to a builder's server. */
export function channelTo(definition: BuilderDefinition): OpenChannel {
  return spawnChannel(serverCommand(definition, "connect", "--stdio"));
}
