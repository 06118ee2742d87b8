import { defaultMake } from "../environments/host.ts";
import type { Environment } from "../environments/types.ts";
import type { MakeOptions } from "./make.ts";

/** One port of the tree and what a dependency step runs with. */
interface DependencyRequest {
  origin: string;
  env: Record<string, string>;
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

/**
 * Runs `step` in the folder of each dependency that has no package yet, pkg itself first, which is in no
 * list. An entry of the list may end in `@flavor`.
 */
const eachUnpackaged = (step: string) => `
make=$1
case $2 in
pkg) list=$PORTSDIR/ports-mgmt/pkg ;;
all) list="$PORTSDIR/ports-mgmt/pkg $("$make" -C "$3" all-depends-list)" ;;
esac
for place in $list; do
  case $place in *@*) FLAVOR=\${place#*@}; export FLAVOR ;; *) unset FLAVOR ;; esac
  cd "\${place%@*}" || continue
  package=$("$make" -V PKGFILE) && [ -e "$package" ] && continue
  ${step}
done`;

const fetchStep = eachUnpackaged('"$make" NO_DEPENDS=yes fetch');
// Only what was built: its work folder is there, and packing it costs little.
const packageStep = eachUnpackaged('[ -d "$("$make" -V WRKDIR)" ] && "$make" NO_DEPENDS=yes package');

/** Phases before which something is fetched: fetching a dependency needs pkg itself to be installed. */
const fetchedBefore: Record<string, "pkg" | "all"> = { "pkg-depends": "pkg", "fetch-depends": "all" };

/**
 * Brings the distfiles of what the framework will build as a dependency, as only fetching has the network.
 * What cannot be had shows where it is missed: in the phase that builds that dependency.
 */
export async function prefetch(
  environment: Environment,
  options: MakeOptions,
  phase: string,
  request: DependencyRequest,
): Promise<void> {
  const wanted = fetchedBefore[phase];
  if (wanted !== undefined) await runStep(environment, options, fetchStep, wanted, request, true);
}

/** Packs the dependencies that the last build made here, so that the next one installs instead of building them. */
export async function packDependencies(
  environment: Environment,
  options: MakeOptions,
  request: DependencyRequest,
): Promise<void> {
  const { entries } = await environment.files.list("/work/obj", 1);
  if (entries.length > 0) await runStep(environment, options, packageStep, "all", request, false);
}

async function runStep(
  environment: Environment,
  options: MakeOptions,
  script: string,
  wanted: "pkg" | "all",
  { origin, ...limits }: DependencyRequest,
  network: boolean,
): Promise<void> {
  const make = options.make ?? defaultMake();
  const argv = ["/bin/sh", "-c", script, "sh", make, wanted, `/work/DPorts/${origin}`] as const;
  await environment.exec({ ...limits, argv, network });
}
