import type { Environment } from "../../environments/types.ts";
import { asText } from "../tools/text.ts";
import type { Piece } from "./assemble.ts";

const smallFileBytes = 4096;
const filesRead = 24;
const makefileBytes = 262_144;

/** Names and sizes in `folders` below `root`, then the small text files whole, makefiles first. */
export async function portFiles(
  environment: Environment,
  root: string,
  folders: readonly string[],
): Promise<Piece[]> {
  const names: string[] = [];
  const texts: Piece[] = [];
  for (const folder of folders) {
    const path = `${root}/${folder}`.replace(/\/$/, "");
    if ((await environment.files.stat(path))?.type !== "directory") continue;
    for (const entry of (await environment.files.list(path, 200)).entries) {
      if (entry.endsWith("/")) {
        names.push(`${folder}${entry}`);
        continue;
      }
      const stat = await environment.files.stat(`${path}/${entry}`);
      names.push(`${folder}${entry} ${stat?.bytes ?? 0}`);
      if (stat?.type !== "file" || stat.bytes > smallFileBytes || texts.length >= filesRead) continue;
      if (/^(distinfo|pkg-descr)$/.test(entry)) continue;
      const text = asText(await environment.files.read(`${path}/${entry}`));
      const name = `${folder}${entry}`;
      if (text !== null) texts.push({ name, text: `--- ${name}\n${text.trimEnd()}` });
    }
  }
  const list = names.length === 0 ? "(no such folder)" : names.join(", ");
  const isMakefile = ({ name }: Piece): boolean => name.startsWith("Makefile");
  return [
    { name: "names", text: `${root}: ${list}` },
    ...texts.filter(isMakefile),
    ...texts.filter((piece) => !isMakefile(piece)),
  ];
}

/** The words of USES, options' too, in the makefiles that there are; nothing is expanded. */
export async function usesOf(environment: Environment, makefiles: readonly string[]): Promise<string[]> {
  const words: string[] = [];
  for (const path of makefiles) {
    const stat = await environment.files.stat(path);
    if (stat?.type !== "file" || stat.bytes > makefileBytes) continue;
    words.push(...usesIn(asText(await environment.files.read(path)) ?? ""));
  }
  return words;
}

function usesIn(makefile: string): string[] {
  return makefile
    .replace(/\\\r?\n/g, " ")
    .split("\n")
    .flatMap((line) => /^ *(?:\w+_)?USES[ \t]*[+?:]?=([^#]*)/.exec(line)?.[1]?.split(/\s+/) ?? [])
    .map((word) => word.replace(/:.*$/, ""))
    .filter((word) => word !== "");
}
