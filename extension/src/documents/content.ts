import type { Bundle } from "@portwright/server/protocol";
import { notesOf } from "../cases/notes.ts";
import type { Call } from "../connection/client.ts";
import { activityText } from "./activityText.ts";
import { artifactSize, DocumentError, readArtifact, readRanges } from "./artifact.ts";
import { wholeLines } from "./logPart.ts";
import { notesText } from "./notesText.ts";
import type { CaseText, DocumentReference } from "./reference.ts";

export interface DocumentStat {
  type: "file" | "directory";
  bytes: number;
}

/** Throws DocumentError, or what `call` throws. */
export async function documentStat(call: Call, reference: DocumentReference): Promise<DocumentStat> {
  switch (reference.kind) {
    case "artifact":
      return { type: "file", bytes: await artifactSize(call, reference.sha256) };
    case "bundle": {
      const { file } = await findInBundle(call, reference);
      return file ? { type: "file", bytes: file.bytes } : { type: "directory", bytes: 0 };
    }
    case "environment": {
      const { environment: name, path } = reference;
      const { type, bytes } = await call("env/stat", { name, path });
      if (type === "other") throw new DocumentError(`${path} is neither a file nor a folder`);
      return { type, bytes };
    }
    default:
      return { type: "file", bytes: (await readDocument(call, reference)).length };
  }
}

/** Throws DocumentError, or what `call` throws. */
export async function readDocument(call: Call, reference: DocumentReference): Promise<Uint8Array> {
  switch (reference.kind) {
    case "artifact":
      return readArtifact(call, reference.sha256);
    case "logPart": {
      const { sha256, from, to } = reference;
      const bytes = await artifactSize(call, sha256);
      return wholeLines(await readArtifact(call, sha256, from, to), { from, to }, to >= bytes);
    }
    case "review":
      return reference.sha256 === null ? new Uint8Array() : readArtifact(call, reference.sha256);
    case "caseText":
      return Buffer.from(await caseText(call, reference.text, reference.caseId));
    case "policyFile": {
      const { files } = await call("policy/files", {});
      const file = files.find(({ path }) => path === reference.name);
      if (!file) throw new DocumentError(`the policy has no file ${reference.name}`, true);
      return Buffer.from(file.text);
    }
    case "callResult": {
      const { caseId, attempt, turn } = reference;
      const { turns } = await call("session/get", { case: caseId, attempt, afterTurn: turn - 1 });
      const made = turns[0]?.calls.find(({ id }) => id === reference.call);
      if (!made) throw new DocumentError(`attempt ${attempt} has no such call in turn ${turn}`, true);
      return Buffer.from(made.result);
    }
    case "bundle": {
      const { file } = await findInBundle(call, reference);
      if (!file) throw new DocumentError(`${reference.path || "the bundle"} is a folder`);
      return readArtifact(call, file.sha256);
    }
    case "environment": {
      const { environment: name, path } = reference;
      return readRanges((offset, length) => call("env/read", { name, path, offset, length }));
    }
  }
}

/** Names in a folder; folders end with `/`. */
export async function readFolder(call: Call, reference: DocumentReference): Promise<string[]> {
  if (reference.kind === "environment") {
    const { environment: name, path } = reference;
    return (await call("env/readDirectory", { name, path })).entries;
  }
  if (reference.kind !== "bundle") throw new DocumentError("this document is no folder");
  const { bundle } = await findInBundle(call, reference);
  const prefix = reference.path && `${reference.path}/`;
  const names = bundle.artifacts
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name }) => name.slice(prefix.length).replace(/\/.*$/, "/"));
  return [...new Set(names)].sort();
}

async function caseText(call: Call, text: CaseText, caseId: string): Promise<string> {
  switch (text) {
    case "handOver":
      return (await call("case/get", { case: caseId })).case.handOver ?? "";
    case "notes":
      return notesText(await notesOf(call, caseId));
    case "activity": {
      const { activity, nextCursor } = await call("case/activity", { case: caseId, limit: 500 });
      return activityText(activity, nextCursor === null);
    }
    case "explanation":
      return (await call("policy/explain", { case: caseId })).text;
    case "delivery":
      return (await call("delivery/preview", { case: caseId })).message;
  }
}

/** The bundle, and the file at the path in it; without a file the path is one of its folders. */
async function findInBundle(
  call: Call,
  { caseId, bundleId, path }: Extract<DocumentReference, { kind: "bundle" }>,
): Promise<{ bundle: Bundle; file: Bundle["artifacts"][number] | undefined }> {
  const { bundles } = await call("case/get", { case: caseId });
  const bundle = bundles.find(({ id }) => id === bundleId);
  if (!bundle) throw new DocumentError("this evidence is not known any more", true);
  const file = bundle.artifacts.find(({ name }) => name === path);
  if (!file && path && !bundle.artifacts.some(({ name }) => name.startsWith(`${path}/`)))
    throw new DocumentError(`the evidence holds no ${path}`, true);
  return { bundle, file };
}
