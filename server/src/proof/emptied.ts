const constant = String.raw`(?:\(\w[\w ]*\*?\) ?)?(?:[-+]?\d[\w.]*|[A-Z][A-Z0-9_]+|true|false|True|False|None|nil|null|nullptr|undef|''|""|\{\}|\[\])`;
const atOnce = new RegExp(
  String.raw`^(?:return(?:\s*[\s(]\(*\s*${constant}\s*\)*)?\s*;?|_?exit ?\((?:0|EXIT_SUCCESS)\);|pass|:|${constant}|Ok\(\(\)\))$`,
);
const control =
  /^\W*(?:else|do|return|match|unless|try|case)\b|\b(?:if|for|while|switch|catch)\s*\(|for_?each\w{0,20}\s*\(|^\s*#/i;
const declaration =
  /^(?!(?:return|goto|throw|delete|break|else)\b)[\w:<>]+(?:[\s*&]+[\w:<>]+)*?[\s*&]+\w[\w\s,*[\]]*(?:=\s*[-\w.]+)?;$/;

const idle = /^(?:[{} ]*|#.*|\(void\) ?\w+;|(?:__)?unused\w*\(.*\);|("""|''').*\1)$/i;
/** Characters of a line that are judged. */
const longestLine = 400;
const unseenName = "whose name is out of sight";

interface Body {
  /** What is done first, if that is in sight. */
  first: string | undefined;
  /** Its end is in sight. */
  closed: boolean;
}

/** Functions that a patch leaves without what they did: nothing is in them any more, or a return of a constant comes first. */
export function emptiedFunctions(patch: readonly string[]): string[] {
  return hunks(patch).flatMap((hunk) => {
    const before = functionsIn(hunk.filter((line) => !line.startsWith("+")).map((line) => line.slice(1)));
    const after = functionsIn(hunk.filter((line) => !line.startsWith("-")).map((line) => line.slice(1)));
    return [...after].flatMap(([name, { first, closed }]) => {
      const was = before.get(name)?.first;
      if (was === undefined || atOnce.test(was)) return [];
      return (first === undefined ? closed : atOnce.test(first)) ? [name] : [];
    });
  });
}

/** Returns of a constant that a patch puts before what then never runs, in languages that end a statement by `;`. */
export function deadAfterReturn(patch: readonly string[]): boolean {
  return hunks(patch).some((hunk) => {
    const lines = hunk
      .filter((line) => !line.startsWith("-"))
      .map((line) => ({ isNew: line.startsWith("+"), text: withoutComments(line.slice(1)) }))
      .filter(({ text }) => text.trim() !== "");
    return lines.some(({ isNew, text }, at) => {
      if (!isNew || !/^\s*return\b.*;$/.test(text) || !atOnce.test(statementOf(text) ?? "")) return false;
      const next = lines[at + 1]?.text ?? "}";
      return (
        /[;{}]$/.test(lines[at - 1]?.text ?? "") &&
        /^\s*/.exec(next)?.[0] === /^\s*/.exec(text)?.[0] &&
        !/^\s*(?:[}#]|case\b|default\b|break\b|\w+:(?!:))/.test(next)
      );
    });
  });
}

/** Lines of a patch between its heads. */
function hunks(patch: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const line of patch)
    if (/^(?:@@|\+\+\+ |--- )/.test(line)) parts.push([]);
    else parts.at(-1)?.push(line);
  return parts;
}

const withoutComments = (line: string): string =>
  line
    .slice(0, longestLine)
    .replace(/\/\*.*?(?:\*\/|$)|\/\/.*$|^\s*\*(?:\s.*|\/)?$/g, "")
    .trimEnd();

/** Functions of which the beginning is in sight, by name. */
function functionsIn(code: readonly string[]): Map<string, Body> {
  const lines = code.map(withoutComments);
  const found = new Map<string, Body>();
  lines.forEach((line, at) => {
    const name = nameAt(lines, at);
    if (name === undefined || found.has(name)) return;
    found.set(name, /^\s*(?:async\s+)?def\s/.test(line) ? indented(lines, at) : braced(lines, at));
  });
  return found;
}

/** Name of the function whose body begins at the end of line `at`, or on it. */
function nameAt(lines: readonly string[], at: number): string | undefined {
  const line = lines[at] ?? "";
  const python = /^\s*(?:async\s+)?def\s+(\w+)\(.*:$/.exec(line)?.[1];
  if (python !== undefined) return python;
  const isOneLine = /^[^{}]*\)[^{}();]*\{[^{}]*\}$/.test(line);
  if (!line.endsWith("{") && !isOneLine) return undefined;
  let head = line.slice(0, line.indexOf("{"));
  for (let back = at - 1; back >= 0 && back > at - 8; back--) {
    const above = lines[back] ?? "";
    if (above === "" || /[;{}]$|^\s*#/.test(above)) break;
    head = `${above} ${head}`;
  }
  // A head out of sight: only at the margin it can be no block inside a function.
  if (head.trim() === "") return at === 0 && line === "{" ? unseenName : undefined;
  if (control.test(head)) return undefined;
  return [...head.matchAll(/(?<![\w~$])([\w~$]+)\s*\(/g)]
    .map(([, name = ""]) => name)
    .find((name) => !/^(?:func|__\w+__)$/.test(name));
}

function braced(lines: readonly string[], at: number): Body {
  let depth = 0;
  for (const [offset, line] of lines.slice(at).entries()) {
    const inside = offset === 0 ? line.slice(line.indexOf("{") + 1) : line;
    depth += (inside.match(/\{/g)?.length ?? 0) - (inside.match(/\}/g)?.length ?? 0);
    const closed = depth < 0;
    const first = statementOf(closed ? inside.replace(/\}[^}]*$/, "") : inside);
    if (closed || first !== undefined) return { first, closed };
  }
  return { first: undefined, closed: false };
}

function indented(lines: readonly string[], at: number): Body {
  const depthOf = (line: string) => /^\s*/.exec(line)?.[0].length ?? 0;
  for (const line of lines.slice(at + 1)) {
    if (line.trim() === "") continue;
    const closed = depthOf(line) <= depthOf(lines[at] ?? "");
    const first = closed ? undefined : statementOf(line);
    if (closed || first !== undefined) return { first, closed };
  }
  return { first: undefined, closed: false };
}

/** What a line does; nothing for declarations, preprocessors, and words that only keep the compiler quiet. */
function statementOf(line: string): string | undefined {
  const text = line.trim().replace(/\s+/g, " ");
  return idle.test(text) || declaration.test(text) ? undefined : text;
}
