import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { EnvironmentError } from "./errors.ts";
import { type Metadata, readMetadata } from "./metadata.ts";

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
