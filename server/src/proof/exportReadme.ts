import { kindText } from "../protocol/attention.ts";
import type { Proof } from "../protocol/index.ts";
import type { ProofPart } from "./record.ts";
import { recordHash } from "./record.ts";

/** How somebody who trusts neither us nor our program checks the folder, with what every system has. */
export function exportReadme(proof: Proof, parts: readonly ProofPart[]): string {
  const {
    id,
    origin = "the port",
    flavor = "",
    target = "",
    verdict,
    reason,
    baseline,
    build,
    flags,
  } = proof;
  const port = flavor === "" ? origin : `${origin}@${flavor}`;
  const steps = [
    filesStep(parts),
    recordStep(proof, parts),
    ...treeSteps(proof),
    ...(baseline ? [baselineStep(baseline)] : []),
    ...(build ? [buildStep(build)] : []),
    repeatStep(port, id),
  ];
  return [
    `# Proof ${id}`,
    "",
    `Of a change of ${port}${target === "" ? "" : ` for ${target}`}: **${verdict}** (${oneLine(reason)}).`,
    `Made in an environment of kind ${kindText(proof.environment, proof.farKind)} by ${proof.builder}, ${time(proof.startedAt)} to ${time(proof.endedAt)}.`,
    ...(flags.length > 0 ? ["", "Look twice at:", "", ...flags.map((flag) => `* ${oneLine(flag)}`)] : []),
    ...steps.flatMap(({ title, text, commands }, index) => [
      ...["", `## ${index + 1}. ${title}`, "", ...text],
      ...(commands.length > 0 ? ["", ...commands.map((command) => `    ${command}`)] : []),
    ]),
    "",
  ].join("\n");
}

interface Step {
  title: string;
  text: string[];
  commands: string[];
}

const time = (at: number): string => new Date(at).toISOString();
const oneLine = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, " ").trim();

function filesStep(parts: readonly ProofPart[]): Step {
  return {
    title: "The files are whole",
    text: [
      "`SHA256SUMS` names every file with its hash. On a system without `sha256sum`: `shasum -a 256 -c SHA256SUMS`.",
      "",
      ...parts.map(({ name, what }) => `* \`${name}\`: ${what}`),
      "* `record.json`: what the server recorded",
    ],
    commands: ["sha256sum -c SHA256SUMS"],
  };
}

function recordStep(proof: Proof, parts: readonly ProofPart[]): Step {
  const hash = proof.recordSha256 ?? recordHash(proof);
  return {
    title: "The record is the one that was made, and names just these files",
    text: [
      `The record's hash is \`${hash}\`. It also stands in the message of the commit that delivers the change, as`,
      "`record`. Each of the following prints a line of the record.",
    ],
    commands: [
      "sha256sum record.json",
      ...parts.map(({ name }) => `grep "$(sha256sum < ${name} | cut -d ' ' -f 1)" record.json`),
    ],
  };
}

function treeSteps({ trees, treeHashes = {} }: Proof): Step[] {
  const known = Object.entries(trees);
  if (known.length === 0) return [];
  return [
    {
      title: "The change applies to what it was proved on",
      text: [
        "In clones of the trees. The first commands print the hash of a tree's whole content:",
        "",
        ...known.map(([tree, commit]) => `* ${tree}: \`${treeHashes[tree] ?? "not recorded"}\` at ${commit}`),
      ],
      commands: [
        ...known.map(([tree, commit]) => `git -C ${tree} rev-parse ${commit}^{tree}`),
        ...(trees.DeltaPorts === undefined
          ? []
          : [
              `git -C DeltaPorts checkout --detach ${trees.DeltaPorts}`,
              'git -C DeltaPorts apply --check "$PWD/fix.diff"',
            ]),
      ],
    },
  ];
}

function baselineStep({ phase, signature }: NonNullable<Proof["baseline"]>): Step {
  return {
    title: "The port fails without the change",
    text: [
      `It failed in ${phase ?? "an unknown phase"}, with the signature \`${signature}\`. The log ends with:`,
    ],
    commands: ["tail -n 40 baseline.log"],
  };
}

function buildStep({ passed, phase }: NonNullable<Proof["build"]>): Step {
  const came = passed
    ? "Every phase of its build went well."
    : `Its build failed in ${phase ?? "an unknown phase"}.`;
  return {
    title: passed ? "The port builds with the change" : "The port does not build with the change",
    text: [came],
    commands: ["tail -n 40 build.log"],
  };
}

function repeatStep(port: string, id: string): Step {
  return {
    title: "Do it again",
    text: [
      `Build ${port} from those trees with and without the change, by whatever builder you trust: the second time it has to`,
      "build, the first time it has not. On the server that made this proof it is one command:",
    ],
    commands: [`portwright proof verify ${id} --rebuild`],
  };
}
