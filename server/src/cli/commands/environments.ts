import { checkText, kindText } from "../../protocol/attention.ts";
import type { CallParams, EnvironmentInfo, EnvironmentPreview } from "../../protocol/index.ts";
import { clean, facts, oneLine, table, when } from "../output.ts";
import { callAndShow } from "../session.ts";
import type { Terminal } from "../terminal.ts";

export async function listEnvironments(terminal: Terminal): Promise<void> {
  await callAndShow(terminal, "env/list", {}, ({ environments }) => listText(environments, terminal.width));
}

/** A table, and below it what keeps any of them from being used. */
export function listText(environments: readonly EnvironmentInfo[], width: number): string {
  if (environments.length === 0) return "no environments\n";
  return `${table(environments, columns, width)}${problemsOf(environments)}`;
}

const columns: Parameters<typeof table<EnvironmentInfo>>[1] = [
  { title: "NAME", value: ({ name }) => name },
  { title: "KIND", value: ({ kind, farKind }) => kindText(kind, farKind) },
  { title: "TARGET", value: ({ target }) => target },
  { title: "CREATED", value: ({ createdAt }) => when(createdAt) },
  ...(["freebsd-ports", "DeltaPorts"] as const).map((tree) => ({
    title: tree.toUpperCase(),
    value: ({ trees: { [tree]: state } }: EnvironmentInfo) =>
      state ? `${state.commit.slice(0, 10)}${state.dirty ? ` ${dirtyText(tree)}` : ""}` : "-",
  })),
  { title: "ROOT", value: ({ root }) => root },
];

/** Upstream cannot be edited there: its checkout went on since. */
const dirtyText = (tree: string): string => (tree === "DeltaPorts" ? "edited" : "moved on");

/** Each trouble once. */
function problemsOf(environments: readonly EnvironmentInfo[]): string {
  const broken = environments.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [{ name, problem }],
  );
  return [...Map.groupBy(broken, ({ problem }) => problem)]
    .map(([problem, of]) => `${of.map(({ name }) => name).join(", ")}: ${oneLine(problem)}\n`)
    .join("");
}

interface CreateOptions {
  target?: string;
  dryRun?: boolean;
  platform?: CallParams<"env/preview">["platform"];
}

export async function createEnvironment(
  terminal: Terminal,
  name: string,
  { target, dryRun, platform }: CreateOptions,
): Promise<void> {
  if (dryRun) return callAndShow(terminal, "env/preview", { name, target, platform }, describePreview);
  await callAndShow(
    terminal,
    "env/create",
    { name, target },
    ({ kind, farKind, root }) => `${name} (${kindText(kind, farKind)}) is in ${root}\n`,
  );
}

export async function destroyEnvironment(terminal: Terminal, name: string): Promise<void> {
  await callAndShow(terminal, "env/destroy", { name }, () => `${name} is gone\n`);
}

export async function environmentStatus(terminal: Terminal, name: string): Promise<void> {
  await callAndShow(terminal, "env/status", { name }, describe);
}

export async function updateEnvironment(
  terminal: Terminal,
  name: string,
  { force }: { force?: boolean },
): Promise<void> {
  await callAndShow(terminal, "env/update", { name, force }, ({ changes }) =>
    changes
      .map(({ tree, before, after }) =>
        before === after
          ? `${tree} is at ${after.slice(0, 12)} already\n`
          : `${tree} went from ${before.slice(0, 12)} to ${after.slice(0, 12)}\n`,
      )
      .join(""),
  );
}

export async function resetEnvironment(terminal: Terminal, name: string): Promise<void> {
  await callAndShow(terminal, "env/reset", { name }, () => `${name} is as it was made\n`);
}

function describePreview({ trees, checks, isComposed, text, ...preview }: EnvironmentPreview): string {
  const { name, kind, farKind, note, target, root } = preview;
  const disk = checks.find((check) => check.kind === "disk");
  return `${facts({
    ...{ name, kind: kindText(kind, farKind), isolation: note, target, root },
    ...Object.fromEntries(
      Object.entries(trees).map(([tree, { path, ...at }]) => [tree, `${commitText(at)}, from ${path}`]),
    ),
    DPorts: isComposed ? "of these commits, there already" : "composed of these commits first",
    disk: disk?.message,
    health: `${checks.length} checks in order`,
  })}\n${clean(text)}`;
}

const commitText = ({ commit, branch }: { commit: string; branch?: string | undefined }): string =>
  branch === undefined ? commit.slice(0, 12) : `${commit.slice(0, 12)} of ${branch}`;

function describe({ name, kind, farKind, target, root, trees, createdAt, ...rest }: EnvironmentInfo): string {
  const { problem, diskBytes, ofJob, checks = [] } = rest;
  const treeFacts = Object.entries(trees).map(([tree, { commit, branch, dirty, behind, behindUnknown }]) => [
    tree,
    [
      commitText({ commit, branch }),
      ...(dirty ? [dirtyText(tree)] : []),
      ...(behind ? [`${behind} ${behind === 1 ? "commit" : "commits"} behind`] : []),
      ...(behindUnknown === undefined ? [] : [`not known how far behind: ${behindUnknown}`]),
    ].join(", "),
  ]);
  return facts({
    ...{ name, kind: kindText(kind, farKind), target, root, created: when(createdAt) },
    ...Object.fromEntries(treeFacts),
    "on disk": diskBytes === undefined ? "not known" : `${(diskBytes / 1024 ** 2).toFixed(1)} MiB`,
    of: ofJob ? "a job" : undefined,
    ...Object.fromEntries(
      checks.filter(({ ok }) => !ok).map((check) => [`${check.name} fails`, checkText(check)]),
    ),
    health: checks.length > 0 && problem === undefined ? `${checks.length} checks in order` : undefined,
    problem: checks.length > 0 ? undefined : problem,
  });
}
