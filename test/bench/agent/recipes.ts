import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { matchRecipes } from "../../../server/src/agent/recipes/match.ts";
import { importSource, listSources } from "../../../server/src/evidence/import.ts";
import { type CorpusLabel, LABEL_CLASSES, parseLabels } from "../../../server/src/evidence/score.ts";
import { loadPolicy, type Policy } from "../../../server/src/policy/load.ts";
import { type Diagnosis, FailureClass, type RecipeUse } from "../../../server/src/protocol/index.ts";
import { fixtureRoot } from "../../fixtures/ports/trees.ts";
import { overlays } from "../../fixtures/recipes/overlays.ts";
import { addRecipePorts, isBuildable, recipePorts } from "../../fixtures/recipes/ports.ts";
import { createRepairBench } from "../../integration/agent/recipes/bench.ts";
import { caseIn, createPlace, git, type Place } from "../../integration/server/place.ts";

interface Port {
  origin: string;
  flavor: string;
}

/**
 * What the rule book settles with no model configured: ports that really fail, each through hooks, server, attempt and proof.
 * Of a folder of labelled logs (`labels.jsonl` beside them), which have no ports, how many a recipe would act on, and how many
 * failed in a way in which a port here was settled: a cause of the same kind, mended by a recipe that acts on the log too.
 */
export async function measureRecipes(corpus: string | undefined): Promise<void> {
  await using place = await createPlace();
  const sample = await failingSample();
  for (const tree of [place.trees.freebsdPorts, place.trees.dports]) {
    await addRecipePorts({ tree, distfiles: place.trees.distfiles });
    await git(tree, "add", "-A");
    await git(
      tree,
      "-c",
      "user.name=bench",
      "-c",
      "user.email=bench@localhost",
      "commit",
      "-qm",
      "Add ports",
    );
  }
  const known = recipePorts
    .filter((port) => port.recipe !== null && isBuildable(port))
    .map(({ origin }) => ({ origin, flavor: "" }));
  await place.build(
    ...[...sample, ...known].map(({ origin, flavor }) => (flavor === "" ? origin : `${origin}@${flavor}`)),
  );
  const { client } = await place.start();
  await intakeEnds(client);
  const ways = [
    ...(await settled(client, "sample tree, each with a known repair", sample)),
    ...(await settled(client, "one small port for a known error, made for its recipe", known)),
    ...(await otherwise()),
  ];
  if (corpus !== undefined) await matched(corpus, new Set(ways));
}

/** Those that something in the overlay can repair without a person: not a distfile that is another one now. */
async function failingSample(): Promise<Port[]> {
  const { failures } = JSON.parse(await readFile(join(fixtureRoot, "cases.json"), "utf8")) as {
    failures: (Port & { class: string })[];
  };
  return failures.filter((failure) => failure.class !== "fetch-checksum");
}

type Client = Awaited<ReturnType<Place["start"]>>["client"];

/** All that failed is told before the end of the run. */
async function intakeEnds(client: Client): Promise<void> {
  for (;;) {
    const { runs } = await client.call("runs/list", {});
    if (runs.some(({ state }) => state === "finished")) return;
    await sleep(100);
  }
}

/** Gives the ways in which settled ports had failed. */
async function settled(client: Client, what: string, ports: readonly Port[]): Promise<string[]> {
  const left: string[] = [];
  const ways: string[] = [];
  const { cases } = await client.call("cases/list", { limit: 200 });
  const failed = ports.filter((port) => cases.some(({ origin }) => origin === port.origin));
  const others = ports.filter((port) => !failed.includes(port)).map(({ origin }) => origin);
  for (const { origin } of failed) {
    const found = await caseIn(client, origin, "waiting", "escalated");
    const { case: subject, proofs, attempts, bundles } = found;
    const isSettled = subject.state === "waiting" && proofs.at(-1)?.verdict === "proved";
    if (!isSettled || subject.tokens > 0) left.push(`${origin} (${subject.classification})`);
    else ways.push(...waysOf(bundles[0]?.diagnosis, attempts.at(-1)?.recipes));
  }
  console.log(
    `${what}: ${share(failed.length - left.length, failed.length)} settled and proved at no tokens`,
  );
  if (others.length > 0) console.log(`  refused by the builder before it builds: ${others.join(", ")}`);
  if (left.length > 0) console.log(`  left to a model or a person: ${left.join(", ")}`);
  return ways;
}

const wayOf = (cause: string | undefined, recipe: string): string => `${cause} ${recipe}`;

const waysOf = (diagnosis: Diagnosis | undefined, uses: readonly RecipeUse[] = []): string[] =>
  uses.filter(({ end }) => end !== "failed").map(({ id }) => wayOf(diagnosis?.cause?.kind, id));

/** The sample's ports with overlays that fail in other ways: one attempt each, and a build of its diff alone. */
async function otherwise(): Promise<string[]> {
  const bench = await createRepairBench(overlays);
  const ways: string[] = [];
  const origins = [...new Set(Object.keys(overlays).map((path) => path.split("/").slice(0, 2).join("/")))];
  let fixed = 0;
  try {
    for (const origin of origins) {
      const diagnosis = await bench.diagnose(origin);
      const { outcome, diff, recipes } = await bench.repair(origin, diagnosis);
      if (outcome !== "fixed" || !(await bench.builds(origin, diff))) continue;
      fixed += 1;
      ways.push(...waysOf(diagnosis, recipes));
    }
  } finally {
    await bench.remove();
  }
  console.log(
    `the sample's ports with other overlays: ${share(fixed, origins.length)} repaired at no tokens`,
  );
  return ways;
}

/** Classes that are left to a person, or built again before anything else, are nothing that a recipe is to mend. */
function isFixable({ file }: Policy, { classification, excerpt }: CorpusLabel): boolean {
  const { data: name } = FailureClass.safeParse(LABEL_CLASSES[classification] ?? classification);
  if (name === undefined || excerpt || file.rebuildFirst.includes(name)) return false;
  return file.classes[name].tier === "AUTO";
}

/** Recipes that act only where a port of the tree has what is missing, which no log tells. */
const wantsProvider = (step: { do: string }): boolean => step.do === "depend-on-provider";

async function matched(folder: string, ways: ReadonlySet<string>): Promise<void> {
  const policy = loadPolicy(join(import.meta.dirname, "../../../policy"));
  const labels = parseLabels(await readFile(join(folder, "labels.jsonl"), "utf8"));
  const fixable = labels.filter((label) => isFixable(policy, label));
  const left: string[] = [];
  let [sure, open, shown, shownOpen] = [0, 0, 0, 0];
  for (const source of await listSources(folder)) {
    const label = fixable.find(({ file }) => source.path.endsWith(`/${file}`));
    if (label === undefined) continue;
    const { distillation } = await importSource(source);
    const matching = matchRecipes(policy.recipes, distillation).map(({ id }) => id);
    const recipes = policy.recipes.filter(({ id }) => matching.includes(id));
    const isShown = matching.some((id) => ways.has(wayOf(distillation.cause?.kind, id)));
    if (recipes.length === 0) left.push(`${label.id} (${distillation.cause?.kind ?? "no cause"})`);
    else if (recipes.every(({ steps }) => steps.some(wantsProvider))) {
      open += 1;
      if (isShown) shownOpen += 1;
    } else {
      sure += 1;
      if (isShown) shown += 1;
    }
  }
  console.log(`labelled logs of classes that are repaired unattended, whole ones: ${fixable.length}`);
  console.log(`  a recipe acts on ${share(sure + open, fixable.length)}`);
  console.log(`  ${share(open, fixable.length)} of all only if a port of the tree provides what is missing`);
  console.log(
    `  ${share(shown + shownOpen, fixable.length)} failed in a way in which a port above was settled, ${shown} of them whatever the tree has`,
  );
  console.log(`  no recipe: ${left.join(", ")}`);
}

const share = (part: number, whole: number): string =>
  `${part} of ${whole} (${((100 * part) / Math.max(1, whole)).toFixed(1)} %)`;
