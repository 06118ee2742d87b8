import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { kindText } from "../../protocol/attention.ts";
import type { Proof, ProofFinding } from "../../protocol/index.ts";
import { contentOf } from "../content.ts";
import { CliError, exitCodes } from "../failure.ts";
import { facts, portName, table, when } from "../output.ts";
import { asJson, callAndShow, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import type { CaseOptions } from "./case.ts";
import { refuseExisting } from "./export.ts";

export async function show(terminal: Terminal, ref: string, { target }: CaseOptions): Promise<void> {
  await callAndShow(terminal, "proof/get", { proof: ref, target }, ({ proof }) => showProof(proof));
}

function showProof(proof: Proof): string {
  const {
    origin = "",
    flavor = "",
    trees,
    treeHashes,
    tools,
    baseline,
    build,
    checks,
    dependents = [],
  } = proof;
  const hashes = Object.entries(trees).map(([tree, commit]) => [
    tree,
    `${commit} (content ${treeHashes?.[tree] ?? "-"})`,
  ]);
  return facts({
    ...{
      proof: proof.id,
      case: proof.caseId,
      port: origin && portName({ origin, flavor }),
      target: proof.target,
    },
    ...{ verdict: proof.verdict, reason: proof.reason, "look twice at": proof.flags.join("; ") },
    ...{
      repeats: proof.repeats,
      environment: kindText(proof.environment, proof.farKind),
      builder: proof.builder,
      ...tools,
    },
    ...{ begun: when(proof.startedAt), ended: when(proof.endedAt), ...Object.fromEntries(hashes) },
    ...{ diff: proof.diffSha256, inputs: proof.inputSha256, record: proof.recordSha256 },
    "without the diff":
      baseline && `fails in ${baseline.phase ?? "an unknown phase"}, log ${baseline.logSha256}`,
    "with the diff":
      build && `${build.passed ? "builds" : `fails in ${build.phase}`}, log ${build.logSha256}`,
    checks: checks && showChecks(checks),
    dependents: dependents
      .map((one) => `${portName(one)} ${one.state}${one.said && ` (${one.said})`}`)
      .join(", "),
  });
}

function showChecks({ targets, passed, phase, logSha256, known = [] }: NonNullable<Proof["checks"]>): string {
  const before = known.map(({ target }) => `, but ${target} failed without the diff too`).join("");
  return `${targets.join(", ")} ${passed ? "passed" : `fails in ${phase}`}${before}, log ${logSha256}`;
}

/** Fails when anything is not as the record says. */
export async function verify(
  terminal: Terminal,
  ref: string,
  { target, rebuild = false }: CaseOptions & { rebuild?: boolean },
): Promise<void> {
  await withServer(terminal, async (client) => {
    const { signal } = terminal;
    const params = { proof: ref, target };
    const checked = await client.call("proof/verify", params, signal);
    const repeated = rebuild ? await client.call("proof/repeat", params, signal) : null;
    const findings = [...checked.findings, ...(repeated?.findings ?? [])];
    terminal.out(terminal.json ? asJson({ checked, repeated }) : showFindings(findings, terminal.width));
    if (checked.sound && repeated?.sound !== false) return;
    const wrong = findings.filter(({ state }) => state === "differs" || state === "missing");
    const what = wrong.map((one) => one.what).join(", ");
    throw new CliError(exitCodes.failure, `proof ${checked.proof.id} does not hold: ${what}`);
  });
}

function showFindings(findings: ProofFinding[], width: number): string {
  return table(
    findings,
    [
      { title: "STATE", value: ({ state }) => state },
      { title: "WHAT", value: ({ what }) => what },
      { title: "FOUND", value: ({ said }) => said },
    ],
    width,
  );
}

/** Made aside and put in place by one rename. */
export async function exportProof(
  terminal: Terminal,
  ref: string,
  folder: string,
  { target }: CaseOptions,
): Promise<void> {
  const to = resolve(folder);
  await refuseExisting(to);
  await withServer(terminal, async (client) => {
    const { signal } = terminal;
    const { proof, files } = await client.call("proof/export", { proof: ref, target }, signal);
    const aside = await mkdtemp(join(dirname(to), `.${basename(to)}.`));
    try {
      const made = join(aside, "proof");
      await mkdir(made);
      for (const { name, sha256 } of files)
        await pipeline(
          contentOf(client, sha256, signal),
          createWriteStream(join(made, name), { flags: "wx" }),
        );
      await rename(made, to);
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
    const told = { proof: proof.id, record: proof.recordSha256, folder: to, files: files.length };
    terminal.out(
      terminal.json ? asJson(told) : `${facts(told)}\nCheck it: (cd ${to} && sha256sum -c SHA256SUMS)\n`,
    );
  });
}
