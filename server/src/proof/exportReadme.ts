import { kindText } from "../protocol/attention.ts";
import type { Proof } from "../protocol/index.ts";
import type { ProofPart } from "./record.ts";
import { recordHash } from "./record.ts";

/** How somebody who trusts neither us nor our program checks the folder, with what every system has. */
export function exportReadme(proof: Proof, parts: readonly ProofPart[]): string {
  const { id, origin = "the port", flavor = "", target = "" } = proof;
  const { verdict, reason, baseline, build, checks, dependents, flags } = proof;
  const port = flavor === "" ? origin : `${origin}@${flavor}`;
  const steps = [
    filesStep(parts),
    recordStep(proof, parts),
    ...treeSteps(proof),
    ...(baseline ? [baselineStep(baseline)] : []),
    ...(build ? [buildStep(build)] : []),
    ...(checks ? [checksStep(checks)] : []),
    ...(dependents?.length ? [dependentsStep(dependents)] : []),
    repeatStep(port, proof),
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

/** Of the export itself, beside the parts of the proof. */
const ownFiles = ["README.md", "SHA256SUMS", "record.json"];

function filesStep(parts: readonly ProofPart[]): Step {
  const names = [...ownFiles, ...parts.map(({ name }) => name)];
  return {
    title: "The files are whole, and no others are there",
    text: [
      "`SHA256SUMS` names every file with its hash; each has to be `OK`, and the second command prints nothing. On a system",
      "without `sha256sum` write `shasum -a 256` for it, here and below. All commands are for sh(1), in this folder.",
      "",
      ...parts.map(({ name, what, field }) => `* \`${name}\`: ${what}, in the record \`${field}\``),
      "* `record.json`: what the server recorded",
    ],
    commands: [
      "sha256sum -c SHA256SUMS",
      `find . ! -name . \\( ! -type f -o ${names.map((name) => `! -name ${name}`).join(" ")} \\)`,
    ],
  };
}

function recordStep(proof: Proof, parts: readonly ProofPart[]): Step {
  const hash = proof.recordSha256 ?? recordHash(proof);
  return {
    title: "The record is the one that was made, and names just these files",
    text: [
      `The record's hash is \`${hash}\`. Where the change was delivered,`,
      `it also stands in the commit's message, as \`record\`: \`git log --all --grep 'Portwright-Proof: ${proof.id}'\``,
      "in a clone that has the commit shows it, and this folder counts for no more than where you have that from. Each later",
      "command prints a line of the record.",
    ],
    commands: [
      "sha256sum record.json",
      ...parts.map(
        ({ name, field }) =>
          `grep -n "\\"${field.split(".").at(-1)}\\": \\"$(sha256sum < ${name} | cut -c 1-64)\\"" record.json`,
      ),
    ],
  };
}

/** They become words of commands. */
const isPlain = ([tree, commit]: readonly [string, string]) =>
  /^[\w.-]+$/.test(tree) && /^[0-9a-f]{40,64}$/.test(commit);

function treeSteps({ trees, treeHashes = {}, verdict }: Proof): Step[] {
  const known = Object.entries(trees).filter(isPlain);
  if (known.length === 0) return [];
  const base = known.find(([tree]) => tree === "DeltaPorts")?.[1];
  const applies = base !== undefined && verdict !== "diff-rejected";
  return [
    {
      title: applies ? "The change applies to what it was tried on" : "What it was tried on",
      text: [
        "In clones of the trees beside this folder. The first commands print the hash of a tree's whole content:",
        "",
        ...known.map(([tree, commit]) => `* ${tree}: \`${treeHashes[tree] ?? "not recorded"}\` at ${commit}`),
      ],
      commands: [
        ...known.map(([tree, commit]) => `git -C ../${tree} rev-parse '${commit}^{tree}'`),
        ...(applies
          ? [
              `git -C ../DeltaPorts checkout --detach ${base}`,
              'git -C ../DeltaPorts apply --check "$PWD/fix.diff"',
            ]
          : []),
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

function checksStep({ targets, passed, phase, known = [] }: NonNullable<Proof["checks"]>): Step {
  const before = known.map(
    ({ target }) => ` ${target} fails without the change too (\`baseline-${target}.log\`).`,
  );
  const came = passed ? "All went well." : `They failed in ${phase ?? "an unknown phase"}.`;
  return {
    title: `Its checks ${passed ? "hold" : "do not hold"}`,
    text: [`After the build the framework made ${targets.join(", ")}. ${came}${before.join("")}`],
    commands: ["tail -n 40 checks.log"],
  };
}

function dependentsStep(dependents: NonNullable<Proof["dependents"]>): Step {
  return {
    title: "Ports that depend on it",
    text: dependents.map(({ origin, flavor, state, said, logSha256 }, index) => {
      const log = logSha256 === null ? "" : `, \`dependent-${index + 1}.log\``;
      return `* ${origin}${flavor && `@${flavor}`}: ${state}${said && ` (${oneLine(said)})`}${log}`;
    }),
    commands: [],
  };
}

function repeatStep(port: string, { id, verdict }: Proof): Step {
  const proved = "the first time it has to fail as above, the second time to build";
  return {
    title: "Do it again",
    text: [
      `Build ${port} from those trees without and with the change, by whatever builder you trust: ${
        verdict === "proved" ? proved : `it came to ${verdict} here`
      }.`,
      "On the server that made this proof it is one command:",
    ],
    commands: [`portwright proof verify ${id} --rebuild`],
  };
}
