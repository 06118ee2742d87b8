import { posix } from "node:path";
import type { ToolContext } from "./types.ts";

/** A refused path; the message names the right way and is shown to the model as it is. */
export class PathError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "PathError";
  }
}

/** A patch, or a diff, would tell of such a path what somebody else chose. */
const CONTROL = /[\u0000-\u001f\u007f]/;

const roots = ["freebsd-ports", "DeltaPorts", "DPorts", "distfiles", "packages", "obj", "logs", "tmp"];

export const overlayOf = (origin: string): string => `/work/DeltaPorts/ports/${origin}`;
export const composedOf = (origin: string): string => `/work/DPorts/${origin}`;
export const upstreamOf = (origin: string): string => `/work/freebsd-ports/${origin}`;

/** True when `path` is `folder` or lies below it; both normal. */
export const within = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(`${folder}/`);

/** The normal form of a path in the environment's one namespace. */
export function workPath(path: string): string {
  if (CONTROL.test(path)) throw new PathError("a path cannot hold line ends or other control characters");
  const normal = posix.normalize(path).replace(/(?<=.)\/+$/, "");
  const root = normal.split("/")[2];
  if (!normal.startsWith("/work/") || root === undefined || !roots.includes(root)) {
    throw new PathError(`${path} is not a path here: paths start with /work/ and one of ${roots.join(", ")}`);
  }
  return normal;
}

/** The normal form of a path that an edit may change: the case's own overlay folder, or its sources. */
export function writablePath(path: string, context: ToolContext): string {
  const normal = workPath(path);
  const overlay = overlayOf(context.origin);
  if (normal === overlay) throw new PathError(`${normal} is the overlay's folder: name a file in it`);
  if (within(normal, overlay)) return normal;
  if (within(normal, "/work/DPorts")) {
    throw new PathError(`${normal} is composed and never edited: edit ${overlay}, then build`);
  }
  if (within(normal, "/work/freebsd-ports")) {
    throw new PathError(
      `${normal} is upstream and read-only: change it from ${overlay} (Makefile.DragonFly, dragonfly/patch-*, diffs/FILE.diff)`,
    );
  }
  if (within(normal, "/work/DeltaPorts")) {
    throw new PathError(`${normal} belongs to another port: this case edits only ${overlay}`);
  }
  const { wrksrc, sources } = context.state;
  if (within(normal, "/work/obj")) {
    if (wrksrc === null || sources === "none") {
      throw new PathError("there are no sources to edit yet: call patch_phase first");
    }
    if (within(normal, wrksrc) && normal !== wrksrc) return normal;
    throw new PathError(`${normal} is outside the sources: edits there stay below ${wrksrc}`);
  }
  throw new PathError(`${normal} cannot be edited: edit ${overlay} or the sources below /work/obj`);
}
