import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Recipe } from "../../../../server/src/policy/recipe.ts";
import type { Diagnosis, Finding } from "../../../../server/src/protocol/index.ts";

const folder = join(import.meta.dirname, "../../../../policy/recipes");

/** The recipes that come with the server. */
export const shipped: Recipe[] = readdirSync(folder)
  .sort()
  .map((name) => Recipe.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))));

export function finding(kind: string, captures: Record<string, string>, phase = "build"): Finding {
  return {
    kind,
    line: 7,
    offset: 70,
    text: `${kind} here`,
    phase,
    captures,
    confidence: 0.9,
    role: "primary",
  };
}

export function diagnosis(given: Partial<Diagnosis>): Diagnosis {
  const cause = given.findings?.[0] ?? null;
  return {
    classification: "unknown",
    confidence: "high",
    phase: "build",
    reason: "by rule",
    cause,
    findings: [],
    signature: { version: 1, id: "s1", key: "s" },
    extract: cause?.text ?? "",
    outcome: "failed",
    injection: false,
    ...given,
  };
}
