import type { Case } from "../protocol/index.ts";

/** What git takes in a part of a branch's name, whatever the port is called. */
const part = (text: string): string =>
  text.replace(/[^\w.+-]/g, "-").replace(/\.(?=\.)|^\.|\.$|(?<=\.)lock$/g, "_");

type Port = Pick<Case, "origin" | "flavor">;

/** Beginning of the names of all branches for a port, e.g. `agentic/devel/foo@py311`; never with a `*` in it. */
export function branchStem(prefix: string, { origin, flavor }: Port): string {
  const name = origin.split("/").map(part).join("/");
  return `${prefix}/${name}${flavor === "" ? "" : `@${part(flavor)}`}`;
}

/** Free of those names: the stem with the time in UTC, e.g. `agentic/devel/foo-20260131T235959Z`. */
export function branchName(stem: string, at: number, taken: readonly string[]): string {
  const time = new Date(at).toISOString().replace(/\.\d+|[:-]/g, "");
  for (let number = 1; ; number += 1) {
    const name = `${stem}-${time}${number === 1 ? "" : `-${number}`}`;
    if (!taken.includes(name)) return name;
  }
}
