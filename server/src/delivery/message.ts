import { clean, clip } from "../evidence/distill/clean.ts";
import { kindText } from "../protocol/attention.ts";
import type { Attempt, Bundle, Case, DeliveryPreview, Proof } from "../protocol/index.ts";

export interface MessageParts {
  subject: Case;
  bundle: Bundle | null;
  proof: Proof;
  /** That whose diff was proved, or from whose diff a person chose; null when it is not known. */
  attempt: Attempt | null;
  files: DeliveryPreview["files"];
  /** Person who delivers. */
  who: string;
  version: string;
  disclosure: boolean;
  /** `Name <mail>` for a Signed-off-by; null for none. */
  signOff: string | null;
}

const subjectLength = 72;
const quotedLines = 20;
const quotedLength = 160;

const oneLine = (text: string, limit = quotedLength): string =>
  clip(clean(text.replace(/\s+/g, " ")).trim(), limit);

/**
 * Words of a log or a model. Behind a bar, a line of theirs is no trailer, no header and no patch, whoever reads the
 * message: git, git am, a person, or patch(1), which looks for patches and ed scripts behind any indentation.
 */
function quote(text: string): string {
  const lines = text.split(/\r?\n|\r/).map((line) => clip(clean(line).trimEnd(), quotedLength));
  const shown = lines.filter((line) => line.trim() !== "").slice(0, quotedLines);
  return shown.map((line) => `    | ${line}\n`).join("");
}

const list = (entries: Record<string, string | number | undefined>): string =>
  Object.entries(entries)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `    ${name}: ${oneLine(String(value))}\n`)
    .join("");

/** Message of the commit: what a reviewer upstream has to know, then what machines read. */
export function commitMessage(parts: MessageParts): { title: string; message: string } {
  const title = titleOf(parts);
  const sections = [
    ["Problem", problem(parts)],
    ["Evidence", evidence(parts)],
    ["Fix", fix(parts)],
    ["Verification", verification(parts)],
    ["Provenance", provenance(parts)],
  ];
  const body = sections.map(([name, text]) => `${name}:\n\n${text}\n`).join("");
  return { title, message: `${title}\n\n${body}${trailers(parts)}` };
}

/** A mail folds its subject; what comes to begin a line there would be a patch to patch(1). */
const patchMarks = /-{3,}|\+{3,}|\*{3,}|@{2,}|(?<=\b(?:Index|Prereq)):/g;

function titleOf({ subject, attempt }: MessageParts): string {
  const first = (attempt?.summary ?? "").split("\n").find((line) => /\w/.test(line)) ?? "";
  const said =
    oneLine(first.replace(/^[\s*#>-]+/, "").replace(patchMarks, ""), 1000).split(/(?<=\w)[.;](?=\s|$)/)[0] ??
    "";
  const start = `${subject.origin}: `;
  return start + clip(said || `fix ${subject.classification}`, Math.max(24, subjectLength - start.length));
}

function problem({ subject }: MessageParts): string {
  const { classification, phase, flavor, target } = subject;
  const where = `in ${phase ?? "an unknown phase"}${flavor ? `, flavor ${flavor}` : ""}`;
  return `${oneLine(`The port fails ${where} on ${target} (${classification}):`)}\n\n${quote(subject.cause)}`;
}

function evidence({ subject, bundle }: MessageParts): string {
  const { signature, bundles, pkgname = bundle?.pkgname } = subject;
  const facts = { package: pkgname, bundle: subject.bundleId, signature, "failures seen": bundles };
  return `${list(facts)}\n${quote(bundle?.diagnosis.extract ?? "")}`;
}

function fix({ attempt, files }: MessageParts): string {
  const names = files.map(({ path, status }) => `${status} ${path}`).join("\n");
  return `${quote(names)}\n${quote(attempt?.summary ?? "")}`;
}

function verification({ proof }: MessageParts): string {
  const { id, recordSha256: record, builder, baseline, diffSha256, inputSha256 } = proof;
  const { trees, flags } = proof;
  const facts = {
    ...{
      proof: id,
      record,
      environment: kindText(proof.environment, proof.farKind),
      builder,
      diff: diffSha256,
      inputs: inputSha256,
      ...trees,
    },
    "failed without it in": baseline?.phase ?? undefined,
    "look twice at": flags.join("; "),
  };
  const words = "In clean environments the port failed in that way without this change, and built with it.";
  return `${words}\n\n${list(facts)}`;
}

function provenance({ subject, attempt, proof, who, disclosure }: MessageParts): string {
  const { attempts, builds, tokens, costMicros } = subject;
  const made = attempt && `${attempt.provider}/${attempt.model}, attempt ${attempt.number}, ${attempt.tier}`;
  const chosen = proof.attemptId === "" ? "by a person, from what the attempt had made" : undefined;
  const means = {
    ...{ "made by": made ?? "a person", "changes chosen": chosen, attempts, builds, tokens },
    cost: costMicros === undefined ? undefined : (costMicros / 1_000_000).toFixed(4),
  };
  return list({ operator: who, ...(disclosure ? means : {}) });
}

function trailers({ subject, proof, attempt, version, disclosure, signOff }: MessageParts): string {
  const helper = attempt ? ` (${attempt.provider}/${attempt.model})` : "";
  return [
    ...(disclosure ? [`Assisted-by: ${oneLine(`Portwright ${version}${helper}`)}`] : []),
    ...identity(subject.id, proof.id),
    ...(signOff === null ? [] : [`Signed-off-by: ${signOff}`]),
    "",
  ].join("\n");
}

/**
 * The same for a pull request. Indented, all words of others are code there too: nobody is mentioned and no issue is
 * closed by them.
 */
export function pullRequestBody(message: string): string {
  const [, ...paragraphs] = message.trimEnd().split("\n\n");
  const last = paragraphs.pop() ?? "";
  return `${[...paragraphs, last.replace(/^/gm, "    ")].join("\n\n")}\n`;
}

/** By these lines a commit is known as the delivery of that proof. */
export const identity = (caseId: string, proofId: string): string[] => [
  `Portwright-Case: ${caseId}`,
  `Portwright-Proof: ${proofId}`,
];

/** Whether a commit's message says, where only trailers stand, that it delivers that proof. */
export function isDelivery(message: string, caseId: string, proofId: string): boolean {
  const last = message.trimEnd().split("\n\n").at(-1)?.split("\n") ?? [];
  return identity(caseId, proofId).every((line) => last.includes(line));
}
