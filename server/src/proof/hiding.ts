import { asks, fails, quoted } from "./alternatives.ts";
import { nothing } from "./suspicions.ts";

/** What a condition asks, beside what `asks` knows. */
const asksAsCondition =
  /^(?:\$\{(?:[EF]?GREP|CMP|DIFF|EXPR|WHICH|PKG\w*)\}|[ef]?grep\s|cmp\s|diff\s|expr\s|type\s|hash\s|pkg\s|pkg-?conf\w*\s|pw\s|(?:\w+=\S*\s+)?read\s|cd\s|:$|true$|\w+=\S*$)/;
/** Ends well whatever comes through the pipe, and hands it on or throws it away. */
const handsOn = new RegExp(
  String.raw`^(?:(?:${nothing})(?![\w/.-])|(?:\S*/)?tee(?:\s|$)|\$\{TEE\}|(?:(?:\S*/)?cat|\$\{CAT\})(?:\s+-\w*)*$)`,
);
const says = /^(?:echo|printf|\$\{(?:ECHO\w*|PRINTF)\})(?:\s|$)/;
/** Stands before a pipe for what it reads; the same command alone wrote it elsewhere. */
const reads = /^(?:cat|find|ls|cd|\$\{(?:CAT|FIND|LS)\})(?:\s|$)/;
const endsWell = new RegExp(String.raw`^(?:${nothing})(?![\w/.-])`);
const opensCondition = /^(?:if|elif|while|until)(?:\s|$)/;
const keyword = /^(?:(?:if|elif|while|until|then|do|else)(?:\s+|$)|!\s*)+/;

const isAnswer = (command: string): boolean =>
  command === "" || asks.test(command) || asksAsCondition.test(command);

/** A line of a recipe, cut where one command list ends; variables as `${NAME}`, no quotes, no brackets, no redirections. */
function pieces(line: string): string[] {
  const mask = (text: string) => text.replace(/\$[({]([^(){}\s]*)[)}]/g, "\u0001$1\u0002");
  const bare = line.replace(/^\t[\s@+-]*/, "").replace(quoted, "''");
  return mask(mask(bare.replace(/\$\$\([^()]*\)|`[^`]*`/g, "$$x")))
    .replace(/[(){}]/g, ";")
    .replaceAll("\u0001", "${")
    .replaceAll("\u0002", "}")
    .replace(/\d?[<>]+&?\s*[^\s;|&]+/g, "")
    .split(";")
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "");
}

const commandsOf = (list: string): string[] =>
  list
    .trim()
    .replace(keyword, "")
    .split(/\|&?/)
    .map((command) => command.trim());
const lastOf = (list: string): string => commandsOf(list).at(-1) ?? "";

/** Commands of lines that stood by themselves, so that their failure ended the step. */
export function standing(lines: readonly string[]): Set<string> {
  const commands = lines
    .filter((line) => line.startsWith("\t"))
    .flatMap(pieces)
    .filter((piece) => !opensCondition.test(piece))
    .flatMap((piece) => piece.split(/&&|\|\|/).map(lastOf));
  return new Set(commands.filter((command) => command !== "" && !says.test(command) && !reads.test(command)));
}

/** Whether a line of a recipe has a command before a pipe whose end does not tell of its failure. */
export function hidesInPipe(line: string, stood: ReadonlySet<string>): boolean {
  if (!line.startsWith("\t") || /\bpipefail\b/.test(line)) return false;
  return pieces(line)
    .flatMap((piece) => piece.split(/&&|\|\|/))
    .some((list) => {
      const commands = commandsOf(list);
      const end = commands.pop() ?? "";
      return commands.some((one) => stood.has(one) || (handsOn.test(end) && !says.test(one)));
    });
}

/**
 * Whether a line of a recipe takes a command's failure for an answer: `if a; then`, `a && :`, and `a && b; c` where `a`
 * stood by itself before.
 */
export function passesAsCondition(line: string, stood: ReadonlySet<string>): boolean {
  if (!line.startsWith("\t")) return false;
  const all = pieces(line);
  const lastFailing = all.findLastIndex((piece) => fails.test(piece));
  const last = all.findLastIndex((piece) => piece !== "fi");
  let inCondition = false;
  return all.some((piece, at) => {
    if (opensCondition.test(piece)) inCondition = true;
    else if (/^(?:then|do)\b/.test(piece)) inCondition = false;
    if (inCondition)
      return at >= lastFailing && piece.split(/&&|\|\|/).some((list) => !isAnswer(lastOf(list)));
    return piece.split("||").some((chain) => {
      const lists = chain.split("&&");
      return lists.slice(1).some((next, before) => {
        const command = lastOf(lists[before] ?? "");
        return !isAnswer(command) && (endsWell.test(next.trim()) || (at < last && stood.has(command)));
      });
    });
  });
}
