import { BriefingPart, type FailureClass } from "../protocol/index.ts";
import { checkBudgets, reaches } from "./checkBudgets.ts";
import { closedTrees, hiddenBy } from "./hidden.ts";
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
  for (const index of file.trees.keys()) faults.push(...checkPlace("tree", "trees", file.trees, index));
  file.overrides.forEach((override, index) => {
    faults.push(...checkOverride(file, override, index));
  });
  for (const tier of ["AUTO", "ASSIST"] as const) {
    const used =
      Object.values(file.classes).some((rule) => reaches(rule.tier, tier)) ||
      file.overrides.some((override) => reaches(override.tier ?? "MANUAL", tier));
    if (!used) faults.push({ path: ["tiers", tier], message: "no class and no override leads to this tier" });
  }
  return [...faults, ...checkBudgets(file), ...checkBriefing(file)];
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

function unreachedFloors(
  name: FailureClass,
  tier: PolicyFile["classes"][FailureClass]["tier"],
  file: PolicyFile,
): ("AUTO" | "ASSIST")[] {
  const starts = [
    tier,
    ...file.overrides.filter((one) => one.classes?.includes(name) ?? true).map((one) => one.tier ?? tier),
  ];
  return (["AUTO", "ASSIST"] as const).filter(
    (floor) => file.alwaysManual.includes(name) || !starts.some((start) => reaches(start, floor)),
  );
}

/** A rule of an ordered list, of which the first that covers a case decides. */
function checkPlace(
  kind: string,
  list: string,
  rules: readonly Pick<Override, "name" | "origins" | "targets" | "classes">[],
  index: number,
): Fault[] {
  const rule = rules[index];
  if (rule === undefined) return [];
  const faults: Fault[] = [];
  const earlier = rules.slice(0, index);
  if (earlier.some((one) => one.name === rule.name)) {
    faults.push({
      path: [list, index, "name"],
      message: `the name ${rule.name} is taken by an earlier ${kind} rule`,
    });
  }
  const before = hiddenBy(rule, earlier).map(({ name }) => name);
  if (before.length > 0) {
    const hiding = `${before.join(" and ")} before it ${before.length === 1 ? "covers" : "cover"} all of it`;
    faults.push({
      path: [list, index],
      message: `${kind} ${rule.name} is never reached: ${kind} ${hiding}; put it first, or take it out`,
    });
  }
  return faults;
}

function checkOverride(file: PolicyFile, override: Override, index: number): Fault[] {
  const path = ["overrides", index];
  const faults = checkPlace("override", "overrides", file.overrides, index);
  const closed = hiddenBy({ targets: override.targets }, closedTrees(file.trees)).map(({ name }) => name);
  if (closed.length > 0) {
    faults.push({
      path,
      message: `override ${override.name} has no effect: tree ${closed.join(" and ")} keeps the agent from all its targets`,
    });
  }
  if (override.origins === undefined && override.targets === undefined) {
    faults.push({ path, message: "names neither origins nor targets; change the class table instead" });
  }
  const manual = override.classes?.filter((name) => file.alwaysManual.includes(name)) ?? [];
  if (override.tier !== "MANUAL" && override.tier !== "off" && manual.length > 0) {
    faults.push({
      path: [...path, "classes"],
      message: `has no effect on ${manual.join(", ")}: alwaysManual holds it`,
    });
  }
  return faults;
}
