import { faultAt, type Problem } from "../problem.ts";
import { rangeOn, replacement, wholeLine } from "../text.ts";
import { assignmentsTo, type LogicalLine } from "./parse.ts";

/** What is wrong with a makefile as such, whatever stands in the trees. */
export function structureProblems(
  lines: readonly string[],
  parsed: readonly LogicalLine[],
  isWhole: boolean,
): Problem[] {
  return [
    ...spacesForTab(lines, parsed),
    ...unbalanced(lines, parsed),
    ...wrongOperator(lines, parsed),
    ...(isWhole ? missingInclude(lines, parsed) : []),
  ];
}

/** Lines behind a target that begin with blanks: make takes them neither for a command nor for anything else. */
function spacesForTab(lines: readonly string[], parsed: readonly LogicalLine[]): Problem[] {
  const problems: Problem[] = [];
  let inRecipe = false;
  for (const { kind, first } of parsed) {
    const indent = /^ +\t*/.exec(lines[first] ?? "")?.[0] ?? "";
    if (kind === "other" && indent !== "" && inRecipe) {
      const range = rangeOn(first, 0, indent.length);
      problems.push(
        faultAt(range, "spaces-for-tab", "A command begins with a tab; make does not take blanks for one.", {
          fixes: [{ title: "Replace the blanks by a tab", edits: [replacement(range, "\t")] }],
        }),
      );
    } else if (kind === "target" || kind === "command") inRecipe = true;
    else if (kind === "assignment" || kind === "other") inRecipe = false;
  }
  return problems;
}

const opening = /^(?:if|ifdef|ifndef|ifmake|ifnmake|for)$/;
const between = /^(?:else|elif|elifdef|elifndef|elifmake|elifnmake)$/;

function unbalanced(lines: readonly string[], parsed: readonly LogicalLine[]): Problem[] {
  const problems: Problem[] = [];
  const open: LogicalLine[] = [];
  const report = ({ first }: LogicalLine, message: string): void => {
    problems.push(faultAt(wholeLine(lines, first), "unbalanced", message));
  };
  for (const line of parsed) {
    if (line.kind !== "directive") continue;
    if (opening.test(line.name)) open.push(line);
    else if (between.test(line.name)) {
      if (open.at(-1) === undefined || open.at(-1)?.name === "for")
        report(line, `.${line.name} without its .if.`);
    } else if (line.name === "endif" || line.name === "endfor") {
      const opener = open.at(-1);
      if (opener !== undefined && (opener.name === "for") === (line.name === "endfor")) open.pop();
      else report(line, `.${line.name} without its ${line.name === "endif" ? ".if" : ".for"}.`);
    }
  }
  for (const opener of open)
    report(opener, `.${opener.name} without its ${opener.name === "for" ? ".endfor" : ".endif"}.`);
  return problems;
}

function wrongOperator(lines: readonly string[], parsed: readonly LogicalLine[]): Problem[] {
  return parsed.flatMap(({ kind, operator, name, first, valueAt }) => {
    if (kind !== "assignment" || operator !== "=" || !/^\+(?:\s|$)/.test((lines[first] ?? "").slice(valueAt)))
      return [];
    const range = rangeOn(first, valueAt - 1, valueAt + 1);
    return faultAt(range, "wrong-operator", `${name} becomes the word "+" and what follows; += appends.`, {
      fixes: [{ title: "Replace =+ by +=", edits: [replacement(range, "+=")] }],
    });
  });
}

/** A slave port includes its master's makefile instead. */
const portInclude = /bsd\.port(?:\.post|\.subdir)?\.mk|\$\{MASTERDIR\}\/Makefile/;

function missingInclude(lines: readonly string[], parsed: readonly LogicalLine[]): Problem[] {
  const [portname] = assignmentsTo(parsed, /^PORTNAME$/);
  const includes = parsed.some(
    ({ kind, name, first }) =>
      kind === "directive" && name.endsWith("include") && portInclude.test(lines[first] ?? ""),
  );
  if (portname === undefined || includes) return [];
  const last = lines.length - 1;
  const end = lines[last]?.length ?? 0;
  const text = `${end > 0 ? "\n" : ""}\n.include <bsd.port.mk>\n`;
  return [
    faultAt(wholeLine(lines, portname.first), "no-include", "This makefile never includes bsd.port.mk.", {
      fixes: [{ title: "Add .include <bsd.port.mk>", edits: [replacement(rangeOn(last, end, end), text)] }],
    }),
  ];
}
