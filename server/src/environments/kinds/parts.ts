import { existsSync, lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { composedFolder, localFolder, repositoryFolder, repositoryName } from "../layout.ts";
import { etcFiles } from "./etc.ts";
import type { Place } from "./types.ts";

/** One thing that stands inside at `path`; the order matters, later ones stand on earlier ones. */
export type Part =
  | { type: "folder"; host: string; path: string; writable: boolean }
  | { type: "file"; host: string; path: string }
  | { type: "link"; target: string; path: string }
  /** An empty folder over one of a part before. */
  | { type: "hidden"; path: string };

/**
 * The trees and the environment's own folders. Everything is read-only but /work/obj, /work/packages, /work/tmp,
 * /usr/local and, while fetching, /work/distfiles: a build that could write /work/logs could forge what is read there.
 */
export function workParts({ layout, composed, alsoVisible, isPlanned }: Place, network: boolean): Part[] {
  const own = (name: string) => join(layout.root, name);
  return [
    writable(localFolder(layout), "/usr/local"),
    readOnly(layout.freebsdPorts, "/work/freebsd-ports"),
    ...hideRepository(layout.freebsdPorts, "/work/freebsd-ports/.git"),
    readOnly(own("DeltaPorts"), "/work/DeltaPorts"),
    // Not there where an older server made the environment.
    ...(isPlanned || existsSync(repositoryFolder(layout))
      ? [readOnly(own(repositoryName), "/work/DeltaPorts/.git")]
      : []),
    readOnly(layout.base, "/work/DPorts"),
    ...composed.map((origin) => readOnly(join(composedFolder(layout), origin), `/work/DPorts/${origin}`)),
    (network ? writable : readOnly)(layout.distfiles, "/work/distfiles"),
    writable(own("packages"), "/work/packages"),
    ...(layout.packages === null ? [] : [readOnly(layout.packages, "/work/operator-packages")]),
    writable(own("obj"), "/work/obj"),
    readOnly(own("logs"), "/work/logs"),
    writable(own("tmp"), "/work/tmp"),
    ...alsoVisible.map((folder) => readOnly(folder, folder)),
  ];
}

/** /usr and, as links or folders like on the host, the folders beside it. */
export function systemParts(): Part[] {
  const beside = ["bin", "sbin", "lib", "lib32", "lib64", "libexec"].flatMap((name): Part[] => {
    const path = `/${name}`;
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isSymbolicLink()) return [{ type: "link", target: readlinkSync(path), path }];
    return found ? [readOnly(path, path)] : [];
  });
  return [readOnly("/usr", "/usr"), ...beside];
}

/** What `writeEtc` left in `folder`, and what of the host's own tells nothing about it. */
export function etcParts(folder: string, network: boolean): Part[] {
  const hosts = ["alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "protocols", "services"];
  const forNetwork = ["ssl", "ca-certificates", "pki"];
  return [
    ...etcFiles.map((name): Part => ({ type: "file", host: join(folder, name), path: `/etc/${name}` })),
    ...(network ? [...hosts, ...forNetwork] : hosts).flatMap((name) => ifThere(`/etc/${name}`)),
    ...(network ? ifThere("/etc/resolv.conf") : []),
  ];
}

/** A host file or folder at its own path; what a link out of /etc names stands in its place. */
function ifThere(path: string): Part[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return [];
  return found.isDirectory() ? [readOnly(path, path)] : [{ type: "file", host: realpathSync(path), path }];
}

/** A repository's configuration may hold credentials of its remote; a worktree's file names a path of the host. */
function hideRepository(tree: string, path: string): Part[] {
  const found = lstatSync(join(tree, ".git"), { throwIfNoEntry: false });
  if (!found) return [];
  return [found.isDirectory() ? { type: "hidden", path } : { type: "file", host: "/dev/null", path }];
}

const readOnly = (host: string, path: string): Part => ({ type: "folder", host, path, writable: false });
const writable = (host: string, path: string): Part => ({ type: "folder", host, path, writable: true });
