import { join } from "node:path";
import type { EnvironmentKind } from "../protocol/index.ts";
import type { Mount } from "./namespace.ts";

/** Where the parts of one environment stand on the host; all real paths. */
export interface Layout {
  kind: EnvironmentKind;
  root: string;
  freebsdPorts: string;
  /** DPorts as composed from the two commits, shared and read-only. */
  base: string;
  distfiles: string;
  /** Packages of the operator that builds may use, read-only; null when there are none. */
  packages: string | null;
}

/** Folders of an environment's own, by their name in /work. */
export const ownFolders = ["DeltaPorts", "packages", "obj", "logs", "tmp"] as const;

/** Folder that stands at /usr/local. */
export const localFolder = (layout: Layout): string => join(layout.root, "local");

/**
 * Folder of the origins that were composed here. In `plain` it is the DPorts folder itself, so that
 * `../` from a port leads where it would in a real tree; in `bwrap` each origin is mounted over the base.
 */
export const composedFolder = (layout: Layout): string =>
  join(layout.root, layout.kind === "plain" ? "DPorts" : "composed");

/** An environment's own repository of DeltaPorts; read-only to what runs inside. */
export const repositoryName = "overlay.git";

/** Where git looks inside for the repository of DeltaPorts, which stands beside it. */
export const repositoryFolder = (layout: Layout): string => join(layout.root, "DeltaPorts", ".git");

export function mountsOf(layout: Layout, composed: Iterable<string>): Mount[] {
  const mounts: Mount[] = [
    { virtual: "/work/freebsd-ports", host: layout.freebsdPorts },
    { virtual: "/work/DPorts", host: layout.base },
    { virtual: "/work/distfiles", host: layout.distfiles },
    ...ownFolders.map((name) => ({ virtual: `/work/${name}`, host: join(layout.root, name) })),
  ];
  if (layout.packages !== null) mounts.push({ virtual: "/work/operator-packages", host: layout.packages });
  for (const origin of composed)
    mounts.push({ virtual: `/work/DPorts/${origin}`, host: join(composedFolder(layout), origin) });
  return mounts;
}
