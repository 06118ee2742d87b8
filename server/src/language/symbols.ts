import { type DocumentSymbol, SymbolKind } from "vscode-languageserver";
import { distinfoEntries } from "./distinfo.ts";
import { isMakefile, type PortsDocument } from "./document.ts";
import { type LogicalLine, nameRange } from "./makefile/parse.ts";
import { parsePatch } from "./patch/parse.ts";
import { wholeLine } from "./text.ts";

/** More are not listed of one document. */
const maxSymbols = 2000;

/** The outline: variables and targets of a makefile, files and hunks of a patch, distfiles of a distinfo. */
export function symbolsIn(document: PortsDocument): DocumentSymbol[] {
  const { kind, lines } = document;
  const all = isMakefile(document)
    ? ofMakefile(document)
    : kind === "patch"
      ? ofPatch(lines)
      : kind === "distinfo"
        ? ofDistinfo(lines)
        : [];
  return all.slice(0, maxSymbols);
}

const from = (lines: readonly string[], first: number, last: number) => ({
  start: { line: first, character: 0 },
  end: { line: last, character: lines[last]?.length ?? 0 },
});

function ofMakefile({ lines, parsed }: PortsDocument): DocumentSymbol[] {
  return parsed.flatMap((line, index) => {
    if ((line.kind !== "assignment" && line.kind !== "target") || line.name === "") return [];
    const last = line.kind === "target" ? endOfRecipe(parsed, index) : line.last;
    return {
      name: line.name.slice(0, 100),
      kind: line.kind === "target" ? SymbolKind.Function : SymbolKind.Variable,
      range: from(lines, line.first, last),
      selectionRange: nameRange(lines, line),
    };
  });
}

function endOfRecipe(parsed: readonly LogicalLine[], target: number): number {
  let last = parsed[target]?.last ?? 0;
  for (const line of parsed.slice(target + 1)) {
    if (line.kind === "assignment" || line.kind === "target" || line.kind === "blank") break;
    last = line.last;
  }
  return last;
}

function ofPatch(lines: readonly string[]): DocumentSymbol[] {
  return parsePatch(lines).map(({ oldLine, newLine, path, hunks }) => ({
    name: path || "(no name)",
    kind: SymbolKind.File,
    range: from(lines, oldLine, hunks.at(-1)?.last ?? newLine),
    selectionRange: wholeLine(lines, oldLine),
    children: hunks.slice(0, maxSymbols).map(({ line, last }, index) => ({
      name: `Hunk ${index + 1}`,
      detail:
        /@@ (?:-\S+ \+\S+ @@)?(.*)/
          .exec(lines[line] ?? "")?.[1]
          ?.trim()
          .slice(0, 100) ?? "",
      kind: SymbolKind.Field,
      range: from(lines, line, last),
      selectionRange: wholeLine(lines, line),
    })),
  }));
}

function ofDistinfo(lines: readonly string[]): DocumentSymbol[] {
  return distinfoEntries(lines)
    .filter(({ key }) => key === "SHA256")
    .map(({ file, line }) => ({
      name: file,
      kind: SymbolKind.File,
      range: from(lines, line, line),
      selectionRange: wholeLine(lines, line),
    }));
}
