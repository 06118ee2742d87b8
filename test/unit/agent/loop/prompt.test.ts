import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { estimateTokens } from "../../../../server/src/agent/model/usage.ts";
import { toolSchemas } from "../../../../server/src/agent/tools/toolbox.ts";

const system = readFileSync(join(import.meta.dirname, "../../../../policy/prompts/system.md"), "utf8");

test("system prompt and tools take at most 2,500 tokens", () => {
  expect(estimateTokens(system + JSON.stringify(toolSchemas))).toBeLessThanOrEqual(2500);
});

test("the prompt names only tools that there are", () => {
  const names = new Set(toolSchemas.map(({ name }) => name));
  const named = system.match(/\b[a-z]+_[a-z_]+\b/g) ?? [];
  expect(named.filter((name) => !names.has(name))).toEqual([]);
});

test("tool schemas are plain objects that every endpoint takes", () => {
  for (const { parameters } of toolSchemas) {
    expect(parameters).toMatchObject({ type: "object", additionalProperties: false });
    expect(parameters).not.toHaveProperty("$schema");
  }
});
