import type { BuilderDefinition } from "../builders/definition.ts";
import { type Host, localHost } from "./host.ts";
import type { SshParts } from "./ssh/person.ts";
import { SshHost } from "./ssh/sshHost.ts";
import { systemHost } from "./ssh/systemHost.ts";

/** The machine of a builder. */
export function hostOf(definition: BuilderDefinition, ssh: SshParts): Host {
  if (definition.type === "local") return localHost;
  return definition.ssh === "system" ? systemHost(definition) : new SshHost(definition, ssh);
}
