import { describeKind, type FindingKind } from "../evidence/distill/kinds.ts";
import { BriefingPart, type FailureClass, type Tier } from "../protocol/index.ts";
import { coversPattern } from "./pattern.ts";
import type { Recipe } from "./recipe.ts";
import type { Override, PolicyFile } from "./schema.ts";

/** A fault at a place of a parsed file; the loader turns the path into a line. */
export interface Fault {
  path: readonly PropertyKey[];
  message: string;
}

/** A changed checksum may be an attack on the distfile; no policy may hand it to the agent. */
const neverTheAgents: readonly FailureClass[] = ["fetch-checksum"];

/** Rules of policy.json that contradict each other or can never decide a case. */
export function checkPolicyFile(file: PolicyFile): Fault[] {
  const faults: Fault[] = [];
  for (const name of neverTheAgents) {
    if (!file.alwaysManual.includes(name)) {
      faults.push({
        path: ["alwaysManual"],
        message: `must hold ${name}: a checksum is never changed by the agent`,
      });
    }
  }
  const manual = new Set(file.alwaysManual);
  for (const [name, rule] of Object.entries(file.classes) as [
    FailureClass,
    PolicyFile["classes"][FailureClass],
  ][]) {
    if (manual.has(name) && rule.tier !== "MANUAL") {
      faults.push({
        path: ["classes", name, "tier"],
        message: `has no effect: ${name} stands in alwaysManual`,
      });
    }
    for (const tier of unreachedFloors(name, rule.tier, file)) {
      if (rule.floors?.[tier] === undefined) continue;
      faults.push({
        path: ["classes", name, "floors", tier],
        message: `never asked: ${name} does not reach ${tier}`,
      });
    }
  }
  file.overrides.forEach((override, index) => {
    faults.push(...checkOverride(file, override, index));
  });
  for (const tier of ["AUTO", "ASSIST"] as const) {
    const used =
      Object.values(file.classes).some((rule) => reaches(rule.tier, tier)) ||
      file.overrides.some((override) => reaches(override.tier, tier));
    if (!used) faults.push({ path: ["tiers", tier], message: "no class and no override leads to this tier" });
  }
  return [...faults, ...checkBriefing(file)];
}

/** Every section once, since one without a place would never be told. */
function checkBriefing({ briefing: { bytes, sections } }: PolicyFile): Fault[] {
  const path = ["briefing", "sections"];
  const names = sections.map(({ name }) => name);
  const faults: Fault[] = BriefingPart.options
    .filter((name) => !names.includes(name))
    .map((name) => ({ path, message: `lacks ${name}: give it a place and its bytes` }));
  sections.forEach((section, index) => {
    if (names.indexOf(section.name) < index)
      faults.push({ path: [...path, index, "name"], message: `${section.name} stands here twice` });
    if (section.bytes > bytes)
      faults.push({
        path: [...path, index, "bytes"],
        message: `never filled: the whole message has ${bytes} bytes`,
      });
  });
  return faults;
}

/** A tier is reached as the proposal or by falling from the one above. */
const reaches = (from: Tier, tier: "AUTO" | "ASSIST"): boolean =>
  from === tier || (from === "AUTO" && tier === "ASSIST");

function unreachedFloors(name: FailureClass, tier: Tier, file: PolicyFile): ("AUTO" | "ASSIST")[] {
  const starts = [
    tier,
    ...file.overrides.filter((one) => one.classes?.includes(name) ?? true).map((one) => one.tier),
  ];
  return (["AUTO", "ASSIST"] as const).filter(
    (floor) => file.alwaysManual.includes(name) || !starts.some((start) => reaches(start, floor)),
  );
}

function checkOverride(file: PolicyFile, override: Override, index: number): Fault[] {
  const path = ["overrides", index];
  const faults: Fault[] = [];
  const earlier = file.overrides.slice(0, index);
  if (earlier.some((one) => one.name === override.name)) {
    faults.push({
      path: [...path, "name"],
      message: `the name ${override.name} is taken by an earlier override`,
    });
  }
  const before = earlier.find((one) => coversOverride(one, override));
  if (before !== undefined) {
    faults.push({ path, message: `never reached: override ${before.name} already covers all of it` });
  }
  if (override.origins === undefined && override.targets === undefined) {
    faults.push({ path, message: "names neither origins nor targets; change the class table instead" });
  }
  const manual = override.classes?.filter((name) => file.alwaysManual.includes(name)) ?? [];
  if (override.tier !== "MANUAL" && manual.length > 0) {
    faults.push({
      path: [...path, "classes"],
      message: `has no effect on ${manual.join(", ")}: alwaysManual holds it`,
    });
  }
  return faults;
}

function coversOverride(outer: Override, inner: Override): boolean {
  return (
    listCovers(outer.origins, inner.origins, coversPattern) &&
    listCovers(outer.targets, inner.targets, coversPattern) &&
    listCovers(outer.classes, inner.classes, (one, other) => one === other)
  );
}

/** An absent list stands for everything. */
function listCovers(
  outer: readonly string[] | undefined,
  inner: readonly string[] | undefined,
  covers: (outer: string, inner: string) => boolean,
): boolean {
  if (outer === undefined) return true;
  return inner?.every((one) => outer.some((candidate) => covers(candidate, one))) ?? false;
}

/** Captures that findings of a kind may carry, read from the kind's documentation; each also knows its phase. */
function capturesOf(kind: FindingKind): string[] {
  const list = /\{([^{}]*)\}\s*$/.exec(describeKind(kind))?.[1] ?? "";
  return list
    .split(",")
    .map((name) => name.trim().replace(/\?$/, ""))
    .filter((name) => name !== "");
}

const groupNames = (source: string | undefined): string[] =>
  [...(source ?? "").matchAll(/\(\?<([A-Za-z]\w*)>/g)].map((found) => found[1] ?? "");
const templateNames = (text: string): string[] =>
  [...text.matchAll(/\$\{([a-z]\w*)\}/g)].map((found) => found[1] ?? "");

/** References of a recipe that nothing fills, and recipes that can never act. */
export function checkRecipe(recipe: Recipe, manual: readonly FailureClass[]): Fault[] {
  const faults: Fault[] = [];
  const lookups = Object.keys(recipe.lookup ?? {});
  let common: Set<string> | undefined;
  recipe.match.forEach((match, index) => {
    const offered = capturesOf(match.kind as FindingKind);
    for (const name of Object.keys(match.captures ?? {})) {
      if (offered.includes(name)) continue;
      const some = offered.length === 0 ? "none" : offered.join(", ");
      faults.push({
        path: ["match", index, "captures", name],
        message: `${match.kind} offers no capture ${name}; it offers ${some}`,
      });
    }
    const named = [match.text, ...Object.values(match.captures ?? {})].flatMap(groupNames);
    const here = new Set(["phase", ...offered, ...named, ...lookups]);
    common = common === undefined ? here : new Set([...common].filter((name) => here.has(name)));
  });
  for (const [name, lookup] of Object.entries(recipe.lookup ?? {})) {
    if (!common?.has(lookup.from)) {
      faults.push({
        path: ["lookup", name, "from"],
        message: `no match of this recipe captures ${lookup.from}`,
      });
    }
  }
  for (const part of ["when", "steps"] as const) {
    recipe[part].forEach((entry, index) => {
      for (const name of templateNames(JSON.stringify(entry))) {
        if (common?.has(name)) continue;
        faults.push({ path: [part, index], message: `not every match of this recipe captures ${name}` });
      }
    });
  }
  const advises = recipe.steps.filter((step) => step.do === "advise").length;
  const advice = advises === recipe.steps.length;
  if (advises > 0 && !advice) {
    faults.push({ path: ["steps"], message: "a recipe that advises does nothing else" });
  }
  if (!advice && recipe.classes.every((name) => manual.includes(name))) {
    faults.push({
      path: ["classes"],
      message: "never runs: alwaysManual holds all its classes; it may only advise",
    });
  }
  return faults;
}
