import type { Environment } from "../environments/types.ts";
import { clean, clip } from "../evidence/distill/clean.ts";
import type { ProofRequest } from "./prove.ts";

/** One `name=version` a line, of what is there. */
const script = `
echo "system=$(uname -srm)"
cc --version 2>/dev/null | sed -n '1s/^/cc=/p'
`;
const longest = 200;

/** What stood ready when the port was built; a version that cannot be had is left out, as it decides nothing. */
export async function toolVersions(
  { builder, version, signal }: ProofRequest,
  environment: Environment,
): Promise<Record<string, string>> {
  const said = await environment.exec({ argv: ["/bin/sh", "-c", script], timeoutMs: 10_000, signal });
  const system = said.output
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const [, name, found] = /^(\w+)=(.+)$/.exec(line) ?? [];
      return name && found ? [[name, found] as const] : [];
    });
  const tools = {
    ...(version !== undefined && { portwright: version }),
    ...(await builder.versions(environment, signal)),
    ...Object.fromEntries(system),
  };
  const told = Object.entries(tools).filter(([, text]) => text !== "");
  return Object.fromEntries(told.map(([name, text]) => [name, clip(clean(text), longest)]));
}
