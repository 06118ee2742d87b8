import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { EnvironmentInfo } from "../protocol/index.ts";
import { overlayOf } from "./environment.ts";
import { EnvironmentError } from "./errors.ts";
import { type Metadata, readMetadata } from "./metadata.ts";
import { overlayChanged } from "./overlay.ts";
import { headCommit } from "./sources.ts";

const namePattern = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** Folder of an environment; throws EnvironmentError for what is no name of one. */
export function placeOf(root: string, name: string): string {
  if (namePattern.test(name)) return join(root, name);
  const shown = name.slice(0, 60);
  throw new EnvironmentError(
    "path",
    `"${shown}" is no name for an environment: use up to 40 of a-z, 0-9 and -`,
  );
}

/** Records of all environments; a damaged one is the doctor's finding and left out here. */
export async function readInventory(root: string): Promise<Metadata[]> {
  const names = (await readdir(root)).filter((name) => namePattern.test(name)).sort();
  const records = await Promise.all(
    names.map((name) => readMetadata(placeOf(root, name), name).catch(() => null)),
  );
  return records.filter((record) => record !== null);
}

/** Environments as they are now. `freebsd-ports` counts as dirty when the operator's checkout moved on. */
export async function describeInventory(
  root: string,
  freebsdPorts: string | undefined,
): Promise<EnvironmentInfo[]> {
  // Without a readable checkout every environment is out of date.
  const head = freebsdPorts === undefined ? null : await headCommit(freebsdPorts).catch(() => null);
  const infos: EnvironmentInfo[] = [];
  for (const record of await readInventory(root)) {
    const { name, kind, target, commits, createdAt } = record;
    const at = placeOf(root, name);
    let dirty: boolean;
    try {
      dirty = await overlayChanged(overlayOf(at, commits.DeltaPorts));
    } catch (error) {
      const stillThere = await readMetadata(at, name).catch(() => null);
      if (stillThere === null) continue;
      throw error;
    }
    const trees = {
      "freebsd-ports": { commit: commits["freebsd-ports"], dirty: head !== commits["freebsd-ports"] },
      DeltaPorts: { commit: commits.DeltaPorts, dirty },
    };
    infos.push({ name, kind, target, root: at, trees, createdAt });
  }
  return infos;
}
