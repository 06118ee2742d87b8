import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { IntakeBundle } from "../evidence/bundle.ts";
import { type Artifact, PortwrightError } from "../protocol/index.ts";
import type { BlobStore } from "../store/types.ts";
import type { Evidence } from "./apply.ts";
import { undiagnosed } from "./cases.ts";
import { type RecordFields, runIdOf } from "./records.ts";

/** Reads and distils the bundle in a folder; see evidence/bundle.ts. */
export type ReadBundle = (folder: string) => Promise<IntakeBundle>;

/** Evidence that stands in a folder: what is taken into the blobs, by its name inside the bundle. */
interface TakenFile {
  name: string;
  path: string;
  /** Its absence is no problem, or was told already. */
  optional?: boolean;
}

/** A bundle has the same id whenever it is read, so that it is taken once. */
export function bundleIdOf(ref: string): string {
  return createHash("sha256").update(ref).digest("hex").slice(0, 24);
}

/**
 * Takes what a failure's bundle holds into the blobs. Whatever is missing or damaged is told in `problems` and never an
 * error, so that no failure is lost over its evidence; an error is the store's own trouble and worth another try.
 */
export async function gatherEvidence(
  evidenceDir: string,
  fields: RecordFields,
  blobs: BlobStore,
  readBundle: ReadBundle,
): Promise<Evidence> {
  const phase = fields.phase || null;
  const { bundle: ref = "", origin, flavor } = fields;
  const without = (id: string, problem: string): Evidence => ({
    ...{ id, diagnosis: undiagnosed(phase, problem), artifacts: [], problems: [problem], target: "" },
  });
  if (ref === "")
    return without(
      bundleIdOf(`${runIdOf(fields)}/${origin}@${flavor}`),
      "The hooks could not write a bundle.",
    );
  if (!isBundleRef(ref)) return without(bundleIdOf(ref), `The journal names no possible bundle: ${ref}`);

  const folder = join(evidenceDir, "bundles", ref);
  let reading: IntakeBundle;
  try {
    reading = await readBundle(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return without(bundleIdOf(ref), `The bundle ${ref} cannot be read: ${reason}`);
  }
  const { log, meta, distillation } = reading;
  const { artifacts, problems } = await takeFiles(filesOf(reading), blobs);
  const told = [...reading.problems, ...problems];
  const diagnosis =
    log === null || log.bytes === 0
      ? undiagnosed(phase ?? meta.phase ?? null, told[0] ?? "The log is empty.")
      : distillation;
  return { id: bundleIdOf(ref), diagnosis, artifacts, problems: told, target: meta.target ?? "" };
}

function filesOf({ directory, log, portFiles, optionFiles, profileFiles }: IntakeBundle): TakenFile[] {
  const inside = [...portFiles, ...optionFiles, ...profileFiles].map(({ path }) => path);
  return [
    { name: "meta.txt", path: join(directory, "meta.txt"), optional: true },
    { name: "logs/errors.txt", path: join(directory, "logs/errors.txt"), optional: true },
    ...(log === null || log.path.endsWith("errors.txt") ? [] : [{ name: "logs/full.log", path: log.path }]),
    ...inside.map((path) => ({ name: path, path: join(directory, path) })),
  ];
}

/** Stores files; one that cannot be read becomes a problem, while trouble of the store itself is thrown. */
export async function takeFiles(files: readonly TakenFile[], blobs: BlobStore) {
  const artifacts: Artifact[] = [];
  const problems: string[] = [];
  for (const { name, path, optional } of files) {
    try {
      artifacts.push({ name, ...(await blobs.putFile(path)) });
    } catch (error) {
      if (!(error instanceof PortwrightError) || !["notFound", "badParams"].includes(error.kind)) throw error;
      if (!(optional && error.kind === "notFound")) problems.push(`${name} was not kept: ${error.message}`);
    }
  }
  return { artifacts, problems };
}

function isBundleRef(ref: string): boolean {
  const names = ref.split("/");
  return names.length === 2 && names.every(isFolderName);
}

/** Whether a name is of the form that the hooks give to runs and bundles, so that it leads nowhere else. */
export function isFolderName(name: string): boolean {
  return /^[A-Za-z0-9_+@][A-Za-z0-9_+@.-]{0,250}$/.test(name);
}

/**
 * Records for the bundles of a run that has ended and that no record told of: their hook was killed, or the journal
 * could not be written. `taken` says which are known.
 */
export async function unrecordedFailures(
  evidenceDir: string,
  runId: string,
  taken: (bundleId: string) => boolean,
  readBundle: ReadBundle,
): Promise<RecordFields[]> {
  const records: RecordFields[] = [];
  for (const name of await bundlesOfRun(evidenceDir, runId)) {
    const ref = `${runId}/${name}`;
    if (!isBundleRef(ref) || taken(bundleIdOf(ref))) continue;
    const { meta } = await readBundle(join(evidenceDir, "bundles", ref));
    const { profile = "", origin = "", flavor = "", pkgname = "", phase = "", captured: t = "" } = meta;
    if (origin !== "")
      records.push({ ev: "failure", run: runId, profile, origin, flavor, pkgname, bundle: ref, phase, t });
  }
  return records;
}

async function bundlesOfRun(evidenceDir: string, runId: string): Promise<string[]> {
  try {
    return (await readdir(join(evidenceDir, "bundles", runId))).sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
