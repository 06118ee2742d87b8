/** A line of a makefile with the physical lines that continue it. */
interface LogicalLine {
  text: string;
  kind: "assignment" | "target" | "command" | "directive" | "other";
  variable?: string;
  /** Depth of `.if` and `.for` about it. */
  depth: number;
}

function parse(text: string): LogicalLine[] {
  const lines: LogicalLine[] = [];
  const physical = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  let depth = 0;
  for (let index = 0; index < physical.length; index += 1) {
    let line = physical[index] ?? "";
    while (/(^|[^\\])(\\\\)*\\$/.test(line) && index + 1 < physical.length) {
      index += 1;
      line += `\n${physical[index]}`;
    }
    if (/^\.\s*(endif|endfor)\b/.test(line)) depth -= 1;
    lines.push({ text: line, depth, ...classify(line) });
    if (/^\.\s*(if|ifdef|ifndef|ifmake|for)\b/.test(line)) depth += 1;
  }
  return lines;
}

function classify(line: string): Pick<LogicalLine, "kind" | "variable"> {
  if (line.startsWith("\t")) return { kind: "command" };
  if (/^\.\s*[a-z]/.test(line)) return { kind: "directive" };
  const variable = /^ *([A-Za-z_][\w.]*)\s*(?:\+|\?|:|!)?=/.exec(line)?.[1];
  if (variable !== undefined) return { kind: "assignment", variable };
  if (/^[^\s#][^=]*:/.test(line)) return { kind: "target" };
  return { kind: "other" };
}

const print = (lines: readonly LogicalLine[]): string => lines.map((line) => `${line.text}\n`).join("");

/** An assignment with its value on the column that porters use. */
function assignment(variable: string, operator: string, value: string): string {
  const name = `${variable}${operator}`;
  return value === ""
    ? name
    : `${name}${"\t".repeat(Math.max(1, Math.ceil((16 - name.length) / 8)))}${value}`;
}

/** A line put behind the last unconditional assignment, or before the first target of a file without one. */
function insertAssignment(lines: LogicalLine[], text: string): void {
  const firstTarget = lines.findIndex((line) => line.kind === "target");
  const head = firstTarget < 0 ? lines : lines.slice(0, firstTarget);
  const last = head.findLastIndex((line) => line.kind === "assignment" && line.depth === 0);
  const line: LogicalLine = { text, kind: "assignment", depth: 0 };
  if (last >= 0) lines.splice(last + 1, 0, line);
  else if (firstTarget < 0) lines.push(line);
  else lines.splice(topOf(lines), 0, line, { text: "", kind: "other", depth: 0 });
}

/** Index of the first line that is not a leading comment. */
function topOf(lines: readonly LogicalLine[]): number {
  const first = lines.findIndex((line) => !line.text.startsWith("#") && line.text.trim() !== "");
  return first < 0 ? lines.length : first;
}

const wordsOf = (text: string): string[] => text.split(/[\s\\]+/).filter((word) => word !== "");
const assignedText = (line: LogicalLine): string => line.text.slice(line.text.indexOf("=") + 1);

/** Appends words to a variable; the text unchanged when an unconditional line already holds all of them. */
export function addWords(text: string, variable: string, words: readonly string[]): string {
  const lines = parse(text);
  const own = lines.filter((line) => line.variable === variable && line.depth === 0);
  const held = new Set(own.flatMap((line) => wordsOf(assignedText(line))));
  const missing = words.filter((word) => !held.has(word));
  if (missing.length === 0) return text;
  const open = own.find((line) => /^\s*\w+\s*\+=/.test(line.text) && !line.text.includes("#"));
  if (open !== undefined) open.text = `${open.text.trimEnd()} ${missing.join(" ")}`;
  else insertAssignment(lines, assignment(variable, "+=", missing.join(" ")));
  return print(lines);
}

/** Adds a line of its own, which sees what stands before it. */
export function appendAssignment(text: string, variable: string, operator: string, value: string): string {
  const lines = parse(text);
  insertAssignment(lines, assignment(variable, operator, value));
  return print(lines);
}

export const setVariable = (text: string, variable: string, value: string): string =>
  appendAssignment(text, variable, "=", value);

export function undefineVariable(text: string, variable: string): string {
  const lines = parse(text);
  insertAssignment(lines, `.undef ${variable}`);
  return print(lines);
}

/** `localbase:ldflags` is the word localbase with an argument. */
const isWord = (word: string, wanted: string): boolean => word === wanted || word.startsWith(`${wanted}:`);
/** A word that a make pattern takes literally. */
const quoted = (word: string): string => word.replace(/[\\:*?[\]{}$]/g, "\\$&");

/** Takes words out of a variable's own lines here; what stands elsewhere is filtered by a `:N` modifier. */
export function removeWords(text: string, variable: string, words: readonly string[]): string {
  const lines = parse(text);
  const elsewhere = new Set(words);
  const kept = lines.flatMap((line) => {
    if (line.variable !== variable) return [line];
    const before = wordsOf(assignedText(line));
    const after = before.filter((word) => !words.some((gone) => isWord(word, gone)));
    if (after.length === before.length) return [line];
    for (const gone of words) if (before.some((word) => isWord(word, gone))) elsewhere.delete(gone);
    if (after.length === 0) return [];
    const operator = /^\s*[\w.]+\s*([+?:!]?=)/.exec(line.text)?.[1] ?? "=";
    return [{ ...line, text: assignment(variable, operator, after.join(" ")) }];
  });
  if (elsewhere.size > 0) {
    const filters = [...elsewhere].map((word) => `:N${quoted(word)}:N${quoted(word)}\\:*`).join("");
    insertAssignment(kept, assignment(variable, ":=", `\${${variable}${filters}}`));
  }
  return print(kept);
}

/** Tools whose operands are independent files, so that one of them may be left out of a command. */
const perFile = /^[@-]*(?:\$\{(?:REINPLACE_CMD|SED|CHMOD|RM|TOUCH)\}|sed|chmod|rm|touch)$/;

/**
 * Drops `file` from the commands that name it, and a command (then its target) that nothing is left of.
 * `file` may be absolute, as a log gives it. Returns null when no command names it, or one does so in a way that
 * cannot be taken apart safely.
 */
export function removeCommands(text: string, file: string): string | null {
  const lines = parse(text);
  const kept: LogicalLine[] = [];
  let changed = false;
  for (const line of lines) {
    const shorter = line.kind === "command" ? withoutFile(line.text, file) : line.text;
    if (shorter === undefined) return null;
    if (shorter !== line.text) changed = true;
    if (shorter !== null) kept.push({ ...line, text: shorter });
  }
  return changed ? print(withoutEmptyTargets(kept, lines)) : null;
}

/** The command without the file, null when nothing of it is left, undefined when it is too intricate. */
function withoutFile(command: string, file: string): string | null | undefined {
  const words = shellWords(command);
  const naming = words.filter((word) => namesFile(word.text, file));
  const [named] = naming;
  if (named === undefined) return command;
  if (/[;|]|&&/.test(command.replace(/'[^']*'|"[^"]*"/g, ""))) return undefined;
  const tool = words[0]?.text ?? "";
  const others = words.filter(
    (word) => word.start > (words[0]?.start ?? 0) && word !== named && isFileOperand(word.text),
  );
  if (!perFile.test(tool) || others.length === 0) return null;
  const before = command.slice(0, named.start).replace(/[\s\\]+$/, "");
  const after = command.slice(named.end);
  return before + after;
}

/** Words as the shell takes them, quotes included, with their places. */
function shellWords(command: string): { text: string; start: number; end: number }[] {
  const found = command.matchAll(/(?:'[^']*'|"[^"]*"|\\[^\n]|[^\s\\'"])+/g);
  return [...found].map((one) => ({ text: one[0], start: one.index, end: one.index + one[0].length }));
}

function namesFile(word: string, file: string): boolean {
  const path = word.replace(/^\$\{[A-Z_]+\}\//, "").replace(/^\.\//, "");
  return path !== "" && !path.startsWith("-") && (path === file || file.endsWith(`/${path}`));
}

const isFileOperand = (word: string): boolean =>
  !word.startsWith("-") && !/['"|]/.test(word) && /[/.]/.test(word);

/** Leaves out targets whose commands all went, with the blank line before them. */
function withoutEmptyTargets(kept: LogicalLine[], before: readonly LogicalLine[]): LogicalLine[] {
  const hadCommands = new Set(
    before
      .filter((line, index) => line.kind === "target" && before[index + 1]?.kind === "command")
      .map((line) => line.text),
  );
  const result: LogicalLine[] = [];
  for (const [index, line] of kept.entries()) {
    const bare = line.kind === "target" && /:\s*$/.test(line.text) && hadCommands.has(line.text);
    if (bare && kept[index + 1]?.kind !== "command") {
      if (result.at(-1)?.text === "") result.pop();
      continue;
    }
    result.push(line);
  }
  return result;
}
