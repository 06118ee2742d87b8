import { defaultMake } from "../environments/host.ts";
import type { Environment } from "../environments/types.ts";
import type { MakeOptions } from "./make.ts";

/** Fetches for each port that has no package yet; an entry of the list may end in `@flavor`. */
const script = `
make=$1
if [ "$2" = pkg ]; then list=$PORTSDIR/ports-mgmt/pkg; else list=$("$make" -C "$3" all-depends-list); fi
unset FLAVOR
for place in $list; do
  case $place in *@*) FLAVOR=\${place#*@}; export FLAVOR ;; *) unset FLAVOR ;; esac
  package=$("$make" -C "\${place%@*}" -V PKGFILE) && [ -e "$package" ] && continue
  "$make" -C "\${place%@*}" NO_DEPENDS=yes fetch
done`;

/** Phases before which something is fetched: fetching a dependency needs pkg itself to be installed. */
const fetchedBefore: Record<string, "pkg" | "dependencies"> = {
  "pkg-depends": "pkg",
  "fetch-depends": "dependencies",
};

/**
 * Brings the distfiles of what the framework will build as a dependency, as only fetching has the network.
 * What cannot be had shows where it is missed: in the phase that builds that dependency.
 */
export async function prefetch(
  environment: Environment,
  options: MakeOptions,
  phase: string,
  request: {
    origin: string;
    env: Record<string, string>;
    timeoutMs: number;
    signal: AbortSignal | undefined;
  },
): Promise<void> {
  const wanted = fetchedBefore[phase];
  if (wanted === undefined) return;
  const { origin, ...limits } = request;
  const make = options.make ?? defaultMake();
  const argv = ["/bin/sh", "-c", script, "sh", make, wanted, `/work/DPorts/${origin}`] as const;
  await environment.exec({ ...limits, argv, network: true });
}
