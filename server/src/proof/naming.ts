import type { PortName } from "./dependents.ts";

/** What a name of a port may go on with; behind a dot only when the sentence does not end there. */
const longer = String.raw`[\w+@-]|\.\w`;
const literally = (text: string): string => text.replace(/[.+]/g, "[$&]");

/**
 * Whether a build log names just that port: by itself, in a path, or in a dependency (`FILE:ORIGIN[@FLAVOR][:TARGET]`). Where
 * it names a flavor, it has to be the port's.
 */
export function namesPort(text: string, { origin, flavor }: PortName): boolean {
  const name = new RegExp(
    String.raw`(?<![\w.+@-])${literally(origin)}(?:@(\w+)(?!${longer})|(?!${longer}))`,
    "g",
  );
  return [...text.matchAll(name)].some(([, named = flavor]) => named === flavor);
}

/** The same for a line of a Makefile, as git grep's extended pattern; a flavor may stand there as a variable. */
export function dependencyPattern({ origin, flavor }: PortName): string {
  const variable = "[$][{(][A-Za-z0-9_.]+[)}]";
  const flavored = flavor === "" ? variable : `(${literally(flavor)}|${variable})`;
  return `[:/]${literally(origin)}(@${flavored})?([[:space:]":]|$)`;
}
