import type { ServerConfig } from "../config/config.ts";
import { EnvironmentError } from "../environments/errors.ts";
import { git } from "../environments/git.ts";
import { portKey, portOfSpec } from "../evidence/results/types.ts";
import type { Store } from "../store/types.ts";
import { heldUpBy } from "../tracker/blocked.ts";
import type { Dependents, PortName } from "./dependents.ts";
import { dependencyPattern } from "./naming.ts";

/** Ports that need another one: those that it held up in the newest run, then those whose Makefile names it. */
export function dependentsIn(store: Store, trees: ServerConfig["trees"]): Dependents {
  return {
    async of(port, commits, most, signal) {
      const { origin, flavor, target } = port;
      const [run] = store.runs({ target }, { limit: 1 }).items;
      const found = run ? heldUpBy(store.skipped(run.id), portKey(origin, flavor)) : [];
      const upstream = commits["freebsd-ports"];
      if (found.length < most && trees !== undefined && upstream !== undefined)
        found.push(...(await namedIn(trees.freebsdPorts, upstream, port, signal)));
      const known = new Map<string, PortName>();
      for (const spec of found) {
        const one = portOfSpec(spec);
        if (one !== null && one.origin !== origin && !known.has(one.origin)) known.set(one.origin, one);
      }
      return [...known.values()].slice(0, most).map((one) => ({ origin: one.origin, flavor: one.flavor }));
    },
    isFailing(target, { origin, flavor }) {
      const subject = store.caseOf(target, origin, flavor);
      return subject !== null && subject.state !== "closed";
    },
  };
}

/** Origins, by name; none where the repository does not know the commit any more. */
async function namedIn(
  cwd: string,
  commit: string,
  port: PortName,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const pattern = dependencyPattern(port);
  try {
    const said = await git(["grep", "-l", "-E", "-e", pattern, commit, "--", "*/Makefile"], { cwd, signal });
    return said.split("\n").flatMap((line) => /^[^:]+:([^/]+\/[^/]+)\/Makefile$/.exec(line)?.[1] ?? []);
  } catch (error) {
    // It also ends with 1 where nothing was found.
    if (error instanceof EnvironmentError && error.reason === "system") return [];
    throw error;
  }
}
