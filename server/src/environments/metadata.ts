import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EnvironmentKind } from "../protocol/index.ts";
import { EnvironmentError, errorCode, noSuchEnvironment } from "./errors.ts";

const Metadata = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  kind: EnvironmentKind,
  target: z.string(),
  createdAt: z.int(),
  commits: z.strictObject({ "freebsd-ports": z.string(), DeltaPorts: z.string() }),
  /** Branches that the source trees were on; absent for none. */
  branches: z.strictObject({ "freebsd-ports": z.string(), DeltaPorts: z.string() }).partial().optional(),
  /** Name of the composed base in the state folder. */
  base: z.string(),
  /** Origins composed here, with the hash of what each was made from; "" for one that was rejected. */
  composed: z.record(z.string(), z.string()),
});
export type Metadata = z.infer<typeof Metadata>;

const fileName = "environment.json";

export async function writeMetadata(root: string, metadata: Metadata): Promise<void> {
  const path = join(root, fileName);
  await writeFile(`${path}.new`, `${JSON.stringify(metadata, null, 2)}\n`);
  await rename(`${path}.new`, path);
}

/** Throws EnvironmentError `not-found` when there is no such environment, `system` when its record is damaged. */
export async function readMetadata(root: string, name: string): Promise<Metadata> {
  let text: string;
  try {
    text = await readFile(join(root, fileName), "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") throw noSuchEnvironment(name);
    throw new EnvironmentError("system", `environment ${name} cannot be read: ${errorCode(error)}`, error);
  }
  try {
    return Metadata.parse(JSON.parse(text));
  } catch (error) {
    throw new EnvironmentError(
      "system",
      `environment ${name} has a damaged ${fileName}; destroy it and make a new one`,
      error,
    );
  }
}
