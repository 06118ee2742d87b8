import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { matchesPatterns } from "@portwright/server/knownHosts";

/** Bounds of what is read; OpenSSH itself stops at 16 files in files. */
const deepestInclude = 16;
const mostFiles = 200;
const largestFile = 1 << 20;

/** A `Host` or `Match` line under which others stand. */
interface Condition {
  keyword: "host" | "match";
  words: readonly string[];
}

/** One setting of ssh_config(5); `when` are the conditions that it stands under, all of which have to hold. */
export interface ConfigLine {
  keyword: string;
  words: readonly string[];
  when: readonly Condition[];
}

/** Reads these files and what they include; those that are absent hold nothing. */
export async function readSshConfig(files: readonly string[], home: string): Promise<ConfigLine[]> {
  const lines: ConfigLine[] = [];
  let read = 0;
  const include = async (path: string, base: string, outer: Condition[], depth: number): Promise<void> => {
    if (depth > deepestInclude || ++read > mostFiles)
      throw new Error(`too many files are included by ${path}`);
    let when = outer;
    for (const { keyword, words } of parse(await readText(path))) {
      if (keyword === "host" || keyword === "match") when = [...outer, { keyword, words }];
      else if (keyword !== "include") lines.push({ keyword, words, when });
      else
        for (const pattern of words)
          for (const found of await expand(pattern, base, home)) await include(found, base, when, depth + 1);
    }
  };
  for (const path of files) await include(path, dirname(path), [], 0);
  return lines;
}

function parse(text: string): { keyword: string; words: string[] }[] {
  return text.split("\n").flatMap((line) => {
    const [, keyword, rest = ""] = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
    if (keyword === undefined) return [];
    const words: string[] = [];
    for (const [word, quoted] of rest.matchAll(/"([^"]*)"|[^\s"]+/g)) {
      if (word.startsWith("#")) break;
      words.push(quoted ?? word);
    }
    return [{ keyword: keyword.toLowerCase(), words }];
  });
}

async function readText(path: string): Promise<string> {
  try {
    return (await readFile(path)).subarray(0, largestFile).toString("utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw new Error(`the SSH configuration ${path} cannot be read`, { cause: error });
  }
}

/** The files of an `Include`; patterns may stand in the last part of the path. */
async function expand(pattern: string, base: string, home: string): Promise<string[]> {
  const spelled = pattern.replace(/^~(?=\/)/, home);
  const path = isAbsolute(spelled) ? spelled : join(base, spelled);
  if (!/[*?]/.test(path)) return [path];
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => !name.startsWith(".") && matchesPatterns([basename(path)], name))
    .toSorted()
    .map((name) => join(folder, name));
}

/** Hosts that the files name without a pattern. */
export function namedHosts(lines: readonly ConfigLine[]): string[] {
  const conditions = lines.flatMap(({ when }) => when.filter(({ keyword }) => keyword === "host"));
  return [...new Set(conditions.flatMap(({ words }) => words.filter((word) => !/[*?!]/.test(word))))];
}

/** What holds for one host. */
export interface HostSettings {
  /** The first value, its words joined; "" when there is none. */
  one(keyword: string): string;
  /** All values of a setting that may be given several times. */
  all(keyword: string): string[];
  /** What stands there that only OpenSSH itself can judge. */
  notes: string[];
}

/** Settings for the host as it was named; the first value of each setting holds, as with OpenSSH. */
export function settingsFor(
  lines: readonly ConfigLine[],
  name: string,
  { user, localUser }: { user: string; localUser: string },
): HostSettings {
  const values = new Map<string, string[]>();
  const notes = new Set<string>();
  const first = (keyword: string): string => values.get(keyword)?.[0] ?? "";
  const holds = ({ keyword, words }: Condition): boolean => {
    if (keyword === "host") return matchesPatterns(words, name);
    const facts = {
      host: first("hostname") || name,
      originalhost: name,
      user: user || first("user"),
      localuser: localUser,
    };
    return matchHolds(words, { ...facts, user: facts.user || localUser }, (note) => notes.add(note));
  };
  for (const { keyword, words, when } of lines) {
    if (!when.every(holds)) continue;
    values.set(keyword, [...(values.get(keyword) ?? []), words.join(" ")]);
  }
  return { one: first, all: (keyword) => values.get(keyword) ?? [], notes: [...notes] };
}

type Facts = Record<"host" | "originalhost" | "user" | "localuser", string>;

/** A `Match` line; one with a criterion that is not judged here does not hold, and is told of. */
function matchHolds(words: readonly string[], facts: Facts, note: (text: string) => void): boolean {
  let holds = true;
  for (let at = 0; at < words.length; at++) {
    const criterion = words[at]?.toLowerCase() ?? "";
    if (criterion === "all") continue;
    const name = criterion.replace(/^!/, "");
    if (!(name in facts)) {
      if (holds) note(`"Match ${words.join(" ")}" of the SSH configuration is not judged`);
      return false;
    }
    at += 1;
    const fits = matchesPatterns((words[at] ?? "").split(","), facts[name as keyof Facts]);
    if (fits === criterion.startsWith("!")) holds = false;
  }
  return holds;
}
