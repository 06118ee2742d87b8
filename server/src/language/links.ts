import type { DocumentLink } from "vscode-languageserver";
import type { Knowledge, PortsDocument } from "./document.ts";
import { openFailures } from "./evidence.ts";
import { dependencies } from "./makefile/references.ts";
import { parsePatch } from "./patch/parse.ts";
import { rangeOn } from "./text.ts";

/** Dependencies lead to their makefiles, headers of patches to the sources that they change. */
export function linksIn(document: PortsDocument, { store }: Knowledge): DocumentLink[] {
  if (document.kind === "patch")
    return sourceLinks(document, openFailures(store, document.origin)[0]?.subject.id);
  const root = portsRoot(document);
  if (root === null) return [];
  return dependencies(document.lines, document.parsed).map(({ text, range }) => ({
    range,
    target: `${root}${text}/Makefile`,
    tooltip: `Makefile of ${text}`,
  }));
}

/** Where other ports' makefiles stand for this document; null when it stands beside no other port. */
function portsRoot({ uri, root, kind }: PortsDocument): string | null {
  if (!uri.startsWith("portwright:")) return kind === "makefile" ? root : null;
  const upstream = root.replace(/\/DeltaPorts\/ports\/$/, "/freebsd-ports/");
  return /\/(?:freebsd-ports|DPorts)\/$/.test(upstream) ? upstream : null;
}

/** The client's command shows a source as the port's build sees it. */
function sourceLinks({ lines }: PortsDocument, caseId: string | undefined): DocumentLink[] {
  if (caseId === undefined) return [];
  return parsePatch(lines).flatMap(({ newLine, path }) => {
    const at = (lines[newLine] ?? "").indexOf(path, 4);
    if (at < 0 || path === "/dev/null") return [];
    const asked = encodeURIComponent(JSON.stringify([{ kind: "case", caseId, path, line: 1 }]));
    return {
      range: rangeOn(newLine, at, at + path.length),
      target: `command:portwright.openSource?${asked}`,
    };
  });
}
