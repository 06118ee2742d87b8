import type { Part } from "../parts.ts";
import { quote } from "../quote.ts";
import type { InsideCommand } from "../types.ts";
import type { Chroot, Platform } from "./platforms.ts";

export interface ChrootRequest extends Chroot {
  parts: readonly Part[];
  /** Host folders that what runs inside may write. */
  owned: readonly string[];
  inside: InsideCommand;
}

/** In the folder that is its first argument, runs the rest. */
const inFolder = 'cd -- "$1" && shift && exec "$@"';

/** What the host runs: a shell that mounts everything and then runs what stands after its script. Nothing is done here. */
export function chrootArgv(platform: Platform, request: ChrootRequest): string[] {
  const { inside } = request;
  const script = chrootScript(platform, request);
  return [...platform.namespaces(inside.network), "/bin/sh", "-c", script, "sh", ...inside.argv];
}

/** The same for people: each step a line. */
export function chrootText(platform: Platform, request: ChrootRequest): string {
  const namespaces = platform.namespaces(request.inside.network);
  const begin = namespaces.length > 0 ? `# within: ${quote([...namespaces, "sh"])}\n` : "";
  return `${begin}set -- ${quote(request.inside.argv)}\n${chrootScript(platform, request)}`;
}

function chrootScript(platform: Platform, request: ChrootRequest): string {
  const { root, user, inside } = request;
  const shared = platform.namespaces(inside.network).length === 0;
  const variables = Object.entries(inside.variables).map(([name, value]) => `${name}=${value}`);
  const run = [...platform.enter(request), "/usr/bin/env", "-i", ...variables];
  return [
    // Whatever ends the shell, nothing stays mounted; what ends it by force leaves it to whoever started it.
    ...(shared ? [`trap ${quote([leave(platform, request)])} EXIT`] : []),
    // The first process of a namespace heeds only the signals that it asks for.
    `trap ${shared ? "'exit 143'" : ":"} HUP INT TERM`,
    "set -e",
    ...steps(platform, request).map(quote),
    quote(["chown", "-h", `${user.uid}:${user.gid}`, ...request.owned]),
    "set +e",
    `${quote([...run, "/bin/sh", "-c", inFolder, "sh", inside.cwd])} "$@"`,
    "exit $?",
    "",
  ].join("\n");

  function leave({ end, unmount }: Platform, { parts }: ChrootRequest): string {
    const targets = parts.flatMap((part) =>
      part.type === "folder" || part.type === "hidden" ? part.path : [],
    );
    const mounted = ["/dev/shm", "/dev/pts", "/dev", "/proc", ...targets.reverse(), "/tmp", ""];
    return [...(end ? [end(root)] : []), ...mounted.map((path) => unmount(`${root}${path}`)), ["rmdir", root]]
      .map((command) => `${quote(command)} 2>/dev/null`)
      .join("; ");
  }
}

/** Everything that has to be in place, in order. */
function steps(platform: Platform, request: ChrootRequest): string[][] {
  const { root, parts } = request;
  return [
    platform.scratch(root, "755"),
    ["mkdir", "-p", ...["/tmp", "/etc"].map((path) => `${root}${path}`)],
    platform.scratch(`${root}/tmp`, "1777"),
    ...parts.flatMap((part, index) => place(platform, root, part, parts.slice(0, index))),
    ...platform.system(request),
  ];
}

function place(platform: Platform, root: string, part: Part, before: readonly Part[]): string[][] {
  const target = `${root}${part.path}`;
  const parent = target.slice(0, target.lastIndexOf("/"));
  const isWithin = before.some(({ type, path }) => type === "folder" && part.path.startsWith(`${path}/`));
  const made = (folder: string) => (isWithin ? [] : [["mkdir", "-p", folder]]);
  switch (part.type) {
    case "folder":
      return [...made(target), platform.bind(part.host, target, part.writable)];
    case "hidden":
      return [platform.scratch(target, "755")];
    case "file":
      // Not every system mounts files: what is read-only there already keeps what it has.
      return isWithin ? [] : [...made(parent), ["cp", part.host, target]];
    case "link":
      return [...made(parent), ["ln", "-s", part.target, target]];
  }
}
