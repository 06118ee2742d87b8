import { pathToFileURL } from "node:url";
import type { z } from "zod";
import type { PluginStep, PluginSteps } from "../agent/recipes/steps/plugin.ts";
import { checkDriver } from "../builders/driver.ts";
import { builtInBuilders } from "../builders/registry.ts";
import type { BuilderFactory } from "../builders/types.ts";
import { problemsOf } from "../config/problems.ts";
import { atOnce } from "./atOnce.ts";
import { bounded } from "./bounded.ts";
import { Plugin } from "./plugin.ts";

const loadMs = 30_000;

/** What the configured plugins give; a faulty one is left out whole. */
export interface Plugins {
  /** By name; none has the name of a built-in one. */
  builders: ReadonlyMap<string, BuilderFactory>;
  recipeSteps: PluginSteps;
  /** Of each configured file, in order: the plugin's name, or what is wrong, naming field and remedy. */
  files: readonly { file: string; name: string | null; problem: string | null }[];
}

/** Loads the files one after another. Never throws: what is wrong stands in the answer. */
export async function loadPlugins(paths: readonly string[]): Promise<Plugins> {
  const builders = new Map<string, BuilderFactory>();
  const recipeSteps = new Map<string, PluginStep>();
  const files: Plugins["files"][number][] = [];
  for (const file of paths) {
    try {
      const plugin = parse(await importDefault(file));
      const taken = Object.keys(plugin.builders).find(
        (name) => builtInBuilders.has(name) || builders.has(name),
      );
      if (files.some(({ name }) => name === plugin.name))
        throw new Error(`name: another plugin is named ${plugin.name}; take one out of "plugins"`);
      if (taken !== undefined)
        throw new Error(`builders.${taken}: there is a builder of that name already; rename it`);
      const of = (what: string) => `plugin ${plugin.name}: ${what}`;
      for (const [name, factory] of Object.entries(plugin.builders)) {
        const make = atOnce(of(`making builder ${name}`), factory);
        builders.set(name, (...given) => bounded(plugin.name, checkDriver(name, make(...given))));
      }
      for (const [name, step] of Object.entries(plugin.recipeSteps))
        recipeSteps.set(`${plugin.name}/${name}`, atOnce(of(`step ${name}`), step));
      files.push({ file, name: plugin.name, problem: null });
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      files.push({ file, name: null, problem: `plugin ${file}: ${said.slice(0, 2000)}` });
    }
  }
  return { builders, recipeSteps, files };
}

async function importDefault(file: string): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`was not loaded within ${loadMs / 1000} s`)), loadMs);
  });
  try {
    const module: { default?: unknown } = await Promise.race([import(pathToFileURL(file).href), late]);
    return module.default;
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot be loaded; mend it, or take it out of "plugins": ${said}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

function parse(exported: unknown): z.output<typeof Plugin> {
  const parsed = Plugin.safeParse(exported);
  if (parsed.success) return parsed.data;
  throw new Error(problemsOf(parsed.error, "default export").join("; "));
}
