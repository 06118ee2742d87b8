import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Bundle } from "../protocol/index.ts";
import { encodeValue } from "./encoding.ts";
import { EvidenceError } from "./errors.ts";

/** Name of a port's bundle, as the hooks build theirs from origin and flavor. */
export function bundleName({ origin, flavor }: { origin: string; flavor: string }): string {
  const name = `${origin.replace("/", "___")}${flavor === "" ? "" : `@${flavor}`}`.replace(/[^\w+@.-]/g, "_");
  return /^[.-]/.test(name) ? `_${name}` : name;
}

/**
 * Writes a bundle as the hooks would have left it (`hooks/README.md`, "The evidence tree"), into a folder that is made
 * here. `read` gives an artifact's content piece by piece. What no hook captured (an imported log has no `meta.txt`) is
 * made of what is known. Throws EvidenceError for an artifact whose name leads out of the folder.
 */
export async function writeBundle(
  folder: string,
  bundle: Bundle,
  read: (sha256: string) => AsyncIterable<Uint8Array>,
): Promise<void> {
  await mkdir(join(folder, "logs"), { recursive: true });
  const names = new Set(bundle.artifacts.map(({ name }) => name));
  for (const { name, sha256 } of bundle.artifacts) {
    const parts = name.split("/");
    if (parts.some((part) => part === "" || part === "." || part === ".." || /[\0\\]/.test(part)))
      throw new EvidenceError(
        `The bundle holds a file that cannot be written here: ${JSON.stringify(name)}.`,
      );
    const target = join(folder, ...parts);
    await mkdir(dirname(target), { recursive: true });
    const content = Readable.from(read(sha256));
    if (name === "logs/full.log") await pipeline(content, createGzip(), createWriteStream(`${target}.gz`));
    else await pipeline(content, createWriteStream(target));
  }
  if (!names.has("meta.txt")) await writeFile(join(folder, "meta.txt"), metaOf(bundle));
  if (!names.has("logs/errors.txt"))
    await writeFile(join(folder, "logs/errors.txt"), bundle.diagnosis.extract);
}

function metaOf({ runId, target, origin, flavor, pkgname, diagnosis, at, artifacts }: Bundle): string {
  const log = artifacts.find(({ name }) => name === "logs/full.log");
  const fields: Record<string, string> = {
    ...{ schema: "1", builder: "import", run: runId, profile: "import", target, result: "failure" },
    ...{ origin, flavor, pkgname, phase: diagnosis.phase ?? "", captured: String(Math.floor(at / 1000)) },
    ...{ log_bytes: String(log?.bytes ?? 0), log_state: log === undefined ? "missing" : "kept" },
  };
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${encodeValue(value)}\n`)
    .join("");
}
