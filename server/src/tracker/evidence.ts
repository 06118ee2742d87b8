import { createHash } from "node:crypto";
import { join } from "node:path";
import type { IntakeBundle } from "../evidence/bundle.ts";
import { EvidenceError } from "../evidence/errors.ts";
import { readFields, type Spool } from "../evidence/spool.ts";
import { type Artifact, PortwrightError } from "../protocol/index.ts";
import type { BlobStore } from "../store/types.ts";
import type { Evidence } from "./apply.ts";
import { undiagnosed } from "./cases.ts";
import { maintainerOf } from "./maintainer.ts";
import { isFolderName, type RecordFields, runIdAt, runIdOf, runNameAt } from "./records.ts";
import { together } from "./together.ts";

/** Reads and distils the bundle in a folder; see evidence/bundle.ts. */
export type ReadBundle = (folder: string) => Promise<IntakeBundle>;

/** Evidence that stands in a folder: what is taken into the blobs, by its name inside the bundle. */
interface TakenFile {
  name: string;
  path: string;
  /** Its absence is no problem, or was told already. */
  optional?: boolean;
}

/** Id of the evidence of a failure without a bundle: whatever tells of it, it is the same one. */
export function standInId(runId: string, origin: string, flavor: string): string {
  return bundleIdOf(`${runId}/${origin}@${flavor}`);
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
  spool: Spool,
  fields: RecordFields,
  blobs: BlobStore,
  readBundle: ReadBundle,
): Promise<Evidence> {
  const phase = fields.phase || null;
  const { bundle: ref = "", origin = "", flavor = "" } = fields;
  const without = (id: string, problem: string): Evidence => ({
    ...{ id, diagnosis: undiagnosed(phase, problem), artifacts: [], problems: [problem], target: "" },
  });
  if (ref === "")
    return without(standInId(runIdOf(fields), origin, flavor), "The hooks could not write a bundle.");
  const id = bundleIdOf(runIdAt(spool.builder, ref));
  if (!isBundleRef(ref)) return without(id, `The journal names no possible bundle: ${ref}`);

  const folder = await bundleFolder(spool, ref);
  let reading: IntakeBundle;
  try {
    if (folder instanceof EvidenceError) throw folder;
    reading = await readBundle(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return without(id, `The bundle ${ref} cannot be read: ${reason}`);
  }
  const { log, meta, distillation } = reading;
  const { artifacts, problems } = await takeFiles(filesOf(reading), blobs);
  const told = [...reading.problems, ...problems];
  // The phase alone can tell: a slot that could not be set up leaves an empty log.
  const silent = (log === null || log.bytes === 0) && distillation.classification === "unknown";
  const diagnosis = silent
    ? undiagnosed(phase ?? meta.phase ?? null, told[0] ?? "The log is empty.")
    : distillation;
  const maintainer = await maintainerOf(artifacts, blobs);
  return { id, diagnosis, artifacts, problems: told, target: meta.target ?? "", maintainer };
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
  const taken = await together(files, async ({ name, path, optional }): Promise<Artifact | string | null> => {
    try {
      return { name, ...(await blobs.putFile(path)) };
    } catch (error) {
      if (!(error instanceof PortwrightError) || !["notFound", "badParams"].includes(error.kind)) throw error;
      return optional && error.kind === "notFound" ? null : `${name} was not kept: ${error.message}`;
    }
  });
  return {
    artifacts: taken.filter((one) => typeof one === "object" && one !== null),
    problems: taken.filter((one) => typeof one === "string"),
  };
}

function isBundleRef(ref: string): boolean {
  const names = ref.split("/");
  return names.length === 2 && names.every(isFolderName);
}

/** An EvidenceError says that there will never be one; trouble on the way to a far builder is thrown. */
async function bundleFolder(spool: Spool, ref: string): Promise<string | EvidenceError> {
  try {
    return await spool.bundleFolder(ref);
  } catch (error) {
    if (error instanceof EvidenceError) return error;
    throw error;
  }
}

/**
 * Records for the bundles of a run that has ended and that no record told of: their hook was killed, or the journal
 * could not be written. `taken` says which are known.
 */
export async function unrecordedFailures(
  spool: Spool,
  runId: string,
  taken: (bundleId: string) => boolean,
): Promise<RecordFields[]> {
  const run = runNameAt(spool.builder, runId);
  if (run === null) return [];
  const records: RecordFields[] = [];
  for (const name of await spool.files.names(`${spool.root}/bundles/${run}`)) {
    const ref = `${run}/${name}`;
    if (!isBundleRef(ref) || taken(bundleIdOf(runIdAt(spool.builder, ref)))) continue;
    const meta = (await readFields(spool.files, `${spool.root}/bundles/${ref}/meta.txt`)) ?? {};
    const { profile = "", origin = "", flavor = "", pkgname = "", phase = "", captured: t = "" } = meta;
    if (origin !== "")
      records.push({ ev: "failure", run: runId, profile, origin, flavor, pkgname, bundle: ref, phase, t });
  }
  return records;
}
