import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const shipped = join(import.meta.dirname, "../../../policy");

/** A fresh policy folder: the shipped policy.json, two small prompts, the recipes and playbooks given by name. */
export async function policyFolder(
  recipes: Record<string, unknown> = {},
  playbooks: Record<string, string> = {},
): Promise<{
  folder: string;
  edit(file: string, change: (text: string) => string): Promise<void>;
  remove(): Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), "portwright-policy-"));
  await cp(join(shipped, "policy.json"), join(folder, "policy.json"));
  await mkdir(join(folder, "recipes"));
  await mkdir(join(folder, "prompts"));
  await mkdir(join(folder, "playbooks"));
  for (const [name, text] of Object.entries(playbooks))
    await writeFile(join(folder, "playbooks", `${name}.md`), text);
  for (const name of ["system", "triage"])
    await writeFile(join(folder, "prompts", `${name}.md`), `The ${name}.\n`);
  for (const [name, recipe] of Object.entries(recipes)) {
    await writeFile(join(folder, "recipes", `${name}.json`), `${JSON.stringify(recipe, null, 2)}\n`);
  }
  return {
    folder,
    async edit(file, change) {
      const path = join(folder, file);
      await writeFile(path, change(await readFile(path, "utf8")));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
