import { basename } from "node:path/posix";
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
    ...steps(platform, request),
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

/** Everything that has to be in place, in order. A command waits for each line's process: what can be one is one. */
function steps(platform: Platform, request: ChrootRequest): string[] {
  const { root, parts } = request;
  // What is within a folder that is mounted has its place there.
  const own = parts.filter(
    ({ path }, index) =>
      !parts.slice(0, index).some((before) => before.type === "folder" && path.startsWith(`${before.path}/`)),
  );
  const folders = own.map(({ type, path }) =>
    type === "folder" ? path : path.slice(0, path.lastIndexOf("/")),
  );
  const needed = [...new Set(["/etc", ...folders, ...platform.folders])].filter((path) => path !== "");
  // Not every system mounts files: what is read-only there already keeps what it has.
  const files = own.flatMap((part) => (part.type === "file" ? [[part.host, part.path]] : []));
  const links = own.flatMap((part) => (part.type === "link" ? [[part.target, part.path]] : []));
  const made = needed.map((path) => `${root}${path}`);
  return [
    quote(platform.scratch(root, "755")),
    quote(["mkdir", `${root}/tmp`]),
    quote(platform.scratch(`${root}/tmp`, "1777")),
    belowEachOther(["mkdir", "-p"], made),
    ...together(["cp"], root, files),
    ...together(["ln", "-s"], root, links),
    ...parts.flatMap((part) => mountOf(platform, root, part)).map(quote),
    ...platform.system(request).map(quote),
  ];
}

function mountOf(platform: Platform, root: string, part: Part): string[][] {
  const target = `${root}${part.path}`;
  if (part.type === "folder") return [platform.bind(part.host, target, part.writable)];
  return part.type === "hidden" ? [platform.scratch(target, "755")] : [];
}

/** One process for all that keep their name in a folder, and one for each that gets another. */
function together(command: readonly string[], root: string, each: string[][]): string[] {
  const byPlace = Map.groupBy(each, ([from = "", to = ""]) =>
    basename(from) === basename(to) ? to.slice(0, to.lastIndexOf("/") + 1) : to,
  );
  return [...byPlace].map(([place, of]) =>
    belowEachOther(command, [...of.map(([from = ""]) => from), `${root}${place}`]),
  );
}

/** A line of sh(1) that people read, too: with more than a few names it goes on in the next ones. */
const belowEachOther = (command: readonly string[], names: readonly string[]): string =>
  [quote(command), ...names.map((name) => quote([name]))].join(names.length > 2 ? " \\\n  " : " ");
