import type { Proof, ProofFinding } from "@portwright/server/protocol";
import * as vscode from "vscode";
import { portName } from "../cases/words.ts";
import type { Services } from "../services.ts";
import { type ChosenCase, chooseCase } from "./chooseCase.ts";
import { pickFolder, saveFiles, tellFolder } from "./exportFiles.ts";
import { withCancel } from "./progress.ts";

const { t } = vscode.l10n;

interface ChosenProof extends ChosenCase {
  proofId: string;
}

/** The proof of the row, or the one that the case shows. */
async function chooseProof({ builders }: Services, node: unknown): Promise<ChosenProof | undefined> {
  const chosen = await chooseCase(builders, node, { fits: ({ proofId }) => proofId !== null });
  if (!chosen) return undefined;
  const own = typeof node === "object" && node !== null && "proof" in node ? (node.proof as Proof).id : null;
  const proofId = own ?? chosen.subject.proofId;
  if (proofId === null) throw new Error(t("{0} has no proof.", portName(chosen.subject)));
  return { ...chosen, proofId };
}

/** Writes a folder on the person's machine that a stranger can check with sha256sum and git. */
export async function exportProof(services: Services, node: unknown): Promise<void> {
  const chosen = await chooseProof(services, node);
  if (!chosen) return;
  const { builder, subject, proofId } = chosen;
  const { call } = builder.connection;
  const name = portName(subject);
  const folder = await pickFolder(t("Export the proof of {0}", name), `${name}-proof-${proofId}`);
  if (!folder) return;
  const { files } = await call("proof/export", { proof: proofId });
  if (await saveFiles(call, t("Exporting proof"), folder, files)) await tellFolder(folder);
}

/** Computes every hash of the proof anew at the builder, and shows what it comes to. */
export async function verifyProof(services: Services, node: unknown): Promise<void> {
  const chosen = await chooseProof(services, node);
  if (!chosen) return;
  const { builder, subject, proofId } = chosen;
  const name = portName(subject);
  const { sound, findings } = await withCancel(t("Checking the proof of {0}", name), (signal) =>
    builder.connection.call("proof/verify", { proof: proofId }, signal),
  );
  const head = sound ? t("The proof of {0} is sound.", name) : t("The proof of {0} does not hold.", name);
  const text = [`${head} (${proofId})`, "", ...findings.map(lineOf), ""].join("\n");
  await services.reports.show(`${name}.proof.txt`, text);
}

const lineOf = ({ what, state, said }: ProofFinding): string => `${state.padEnd(10)}${what}: ${said}`;
