import { lstatSync } from "node:fs";
import { etcParts, type Part, systemParts, workParts } from "./parts.ts";
import { quote } from "./quote.ts";
import type { InsideCommand, Kind, Place } from "./types.ts";

const insideUid = "1001";

/** Bubblewrap: Linux namespaces, made for each command and gone with it. `etc` is what `writeEtc` filled. */
export function bwrapKind(etc: string): Kind {
  const argumentsFor = (place: Place, inside: InsideCommand): string[] => [
    ...options(etc, place, inside),
    ...inside.argv,
  ];
  return {
    name: "bwrap",
    note: "bubblewrap: no network outside the fetch phase, read-only trees, own uid",
    isolates: true,
    async command(place, inside) {
      return { argv: argumentsFor(place, inside), cwd: "/", env: hostVariables };
    },
    plan: async (place, inside) => `${quote(argumentsFor(place, inside))}\n`,
  };
}

/** What a program of the host needs that starts what is inside, which begins with an environment of its own. */
export const hostVariables = { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" };

/** Up to and including `--`. Everything is read-only but what `workParts` says and /tmp. */
function options(etc: string, place: Place, inside: InsideCommand): string[] {
  const { network, ownTerminal, variables, cwd } = inside;
  return [
    "bwrap",
    "--unshare-all",
    ...(network ? ["--share-net"] : []),
    ...["--unshare-user", "--uid", insideUid, "--gid", insideUid, "--cap-drop", "ALL"],
    ...(ownTerminal ? [] : ["--new-session"]),
    ...["--die-with-parent", "--clearenv", "--hostname", "portwright"],
    ...Object.entries(variables).flatMap(([name, value]) => ["--setenv", name, value]),
    ...[...systemParts(), ...etcParts(etc, network)].flatMap(show),
    ...["--proc", "/proc", ...kernelSettings(), "--dev", "/dev", "--tmpfs", "/tmp"],
    ...workParts(place, network).flatMap(show),
    ...["--remount-ro", "/", "--chdir", cwd, "--"],
  ];
}

function show(part: Part): string[] {
  if (part.type === "hidden") return ["--tmpfs", part.path];
  if (part.type === "link") return ["--symlink", part.target, part.path];
  const writable = part.type === "folder" && part.writable;
  return [writable ? "--bind" : "--ro-bind", part.host, part.path];
}

/**
 * To the kernel a build under a server of root is root's own process: /proc/sys asks for its uid alone, so
 * without this a build could set core_pattern and have the host run a program.
 */
function kernelSettings(): string[] {
  return ["/proc/sys", "/proc/sysrq-trigger"].flatMap((path) =>
    lstatSync(path, { throwIfNoEntry: false }) ? ["--ro-bind", path, path] : [],
  );
}
