import type { Step } from "../../../policy/recipe.ts";
import { readText, rootOf, writeOverlay } from "../files.ts";
import { addWords, removeCommands, removeWords, setVariable, undefineVariable } from "../makefile.ts";
import { type Bench, type Script, StepRefused } from "../script.ts";

type Edit<Name extends Step["do"]> = Extract<Step, { do: Name }>;

/** Makefile of the overlay that the framework reads on this system. */
export const overlayMakefile = (bench: Bench): string => `${rootOf(bench, "overlay")}/Makefile.DragonFly`;

/** Changes the overlay's Makefile; throws StepRefused when the change has no effect. */
export function* editMakefile(bench: Bench, change: (text: string) => string): Script<void> {
  const path = overlayMakefile(bench);
  const before = yield* readText(bench, path);
  const text = change(before?.text ?? "");
  if (text === (before?.text ?? "")) throw new StepRefused(`${path} already says so`);
  yield* writeOverlay(bench, path, before, text.trim() === "" ? null : text);
}

export function* addToVariable(bench: Bench, step: Edit<"add-to-variable">): Script<string> {
  yield* editMakefile(bench, (text) => addWords(text, step.variable, step.words));
  return `${step.variable}+= ${step.words.join(" ")}`;
}

export function* removeFromVariable(bench: Bench, step: Edit<"remove-words">): Script<string> {
  yield* editMakefile(bench, (text) => removeWords(text, step.variable, step.words));
  return `took ${step.words.join(" ")} out of ${step.variable}`;
}

export function* assignVariable(bench: Bench, step: Edit<"set-variable">): Script<string> {
  yield* editMakefile(bench, (text) => setVariable(text, step.variable, step.value));
  return `${step.variable}= ${step.value}`;
}

export function* dropVariable(bench: Bench, step: Edit<"undefine-variable">): Script<string> {
  yield* editMakefile(bench, (text) => undefineVariable(text, step.variable));
  return `.undef ${step.variable}`;
}

export function* dropCommands(bench: Bench, step: Edit<"remove-commands">): Script<string> {
  yield* editMakefile(bench, (text) => {
    const shorter = removeCommands(text, step.naming);
    if (shorter === null) {
      throw new StepRefused(
        `no command of the overlay's Makefile that can be taken out names ${step.naming}`,
      );
    }
    return shorter;
  });
  return `took out what the overlay does to ${step.naming}`;
}
