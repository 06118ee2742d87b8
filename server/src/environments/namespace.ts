import type { Stats } from "node:fs";
import { lstat, readlink, realpath } from "node:fs/promises";
import { posix } from "node:path";
import { EnvironmentError, errorCode } from "./errors.ts";

/** A folder of the namespace and the host folder (a real path) that stands there. */
export interface Mount {
  virtual: string;
  host: string;
}

export interface Resolved {
  /** Canonical /work path, free of links. */
  virtual: string;
  /** null for /work itself, which is no folder of the host. */
  host: string | null;
  exists: boolean;
}

const top = "/work";
const maxLinks = 40;
const maxPathBytes = 4096;

/**
 * Resolves /work paths as something inside the environment would see them, links included, and refuses
 * whatever leaves: absolute targets elsewhere, `..` above a mount, `.git`. Inside and outside agree because
 * links are followed here, one component at a time, and never by the host's kernel.
 */
export class Namespace {
  readonly #mounts: () => readonly Mount[];
  readonly #toVirtual: (host: string) => string;

  /** `toVirtual` turns an absolute link target that names a host path of the environment back into its /work path. */
  constructor(mounts: () => readonly Mount[], toVirtual: (host: string) => string) {
    this.#mounts = mounts;
    this.#toVirtual = toVirtual;
  }

  /** Names that stand at /work itself. */
  topNames(): string[] {
    const names = this.#mounts().map((mount) => mount.virtual.slice(top.length + 1).split("/")[0] ?? "");
    return [...new Set(names)].sort();
  }

  async resolve(path: string, options: { lastLink: "follow" | "refuse" }): Promise<Resolved> {
    let pending = splitWorkPath(path);
    let virtual = top;
    let exists = true;
    for (let links = 0; pending.length > 0; ) {
      const name = pending.shift() as string;
      if (name === "" || name === ".") continue;
      if (name === "..") {
        virtual = posix.dirname(virtual);
        if (!virtual.startsWith(top)) throw leaves(path);
        continue;
      }
      if (name === ".git") throw new EnvironmentError("path", `${path}: a .git folder is never opened`);
      const next = `${virtual}/${name}`;
      const host = this.#host(next);
      if (host === null)
        throw new EnvironmentError("path", `${path}: ${next} is not one of the environment's folders`);
      const stat = exists ? await lstatOrNull(host) : null;
      if (stat === null) exists = false;
      if (!stat?.isSymbolicLink()) {
        virtual = next;
        continue;
      }
      if (pending.length === 0 && options.lastLink === "refuse")
        throw new EnvironmentError("path", `${path} is a symbolic link`);
      if (++links > maxLinks) throw new EnvironmentError("path", `${path}: too many symbolic links`);
      const target = await readlink(host);
      if (target.startsWith("/")) {
        const inside = this.#toVirtual(target);
        if (inside !== top && !inside.startsWith(`${top}/`)) throw leaves(path);
        pending = [...inside.slice(top.length).split("/"), ...pending];
        virtual = top;
      } else pending = [...target.split("/"), ...pending];
    }
    const host = virtual === top ? null : this.#host(virtual);
    return { virtual, host, exists };
  }

  /**
   * Throws when something was put in the way of a resolved path between the walk and its use. `at`: a name of what was
   * opened there that nobody can move.
   */
  async recheck(path: string, host: string, at = host): Promise<void> {
    const real = await realpath(at).catch((error: unknown) => {
      throw new EnvironmentError("file", `${path}: ${errorCode(error) || "cannot be opened"}`, error);
    });
    if (real !== host) throw leaves(path);
  }

  #host(virtual: string): string | null {
    let best: Mount | undefined;
    for (const mount of this.#mounts()) {
      const within = virtual === mount.virtual || virtual.startsWith(`${mount.virtual}/`);
      if (within && mount.virtual.length > (best?.virtual.length ?? 0)) best = mount;
    }
    return best ? best.host + virtual.slice(best.virtual.length) : null;
  }
}

function splitWorkPath(path: string): string[] {
  if (path.includes("\0") || Buffer.byteLength(path) > maxPathBytes)
    throw new EnvironmentError("path", "a path has a NUL byte or more than 4096 bytes");
  if (path !== top && !path.startsWith(`${top}/`))
    throw new EnvironmentError("path", `${path}: paths start with ${top}/`);
  const parts = path.slice(top.length).split("/");
  if (parts.includes("..")) throw new EnvironmentError("path", `${path}: ".." is not allowed`);
  return parts;
}

function leaves(path: string): EnvironmentError {
  return new EnvironmentError("path", `${path} leads out of the environment`);
}

/** null where nothing is; other faults are EnvironmentErrors. */
export async function lstatOrNull(host: string): Promise<Stats | null> {
  try {
    return await lstat(host);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(errorCode(error))) return null;
    throw new EnvironmentError(
      "system",
      `cannot look at ${posix.basename(host)}: ${errorCode(error)}`,
      error,
    );
  }
}
