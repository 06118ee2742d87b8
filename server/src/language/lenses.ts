import type { CodeLens } from "vscode-languageserver";
import { isMakefile, type Knowledge, type PortsDocument } from "./document.ts";
import { openFailures } from "./evidence.ts";
import { assignmentsTo } from "./makefile/parse.ts";
import { wholeLine } from "./text.ts";

/** What a porter does next about an open case of the port, above the port's name. */
export function lensesOf(document: PortsDocument, { store }: Knowledge): CodeLens[] {
  if (!isMakefile(document)) return [];
  const failures = openFailures(store, document.origin);
  const [portname] = assignmentsTo(document.parsed, /^PORTNAME$/);
  const range = wholeLine(document.lines, portname?.first ?? 0);
  return failures.flatMap(({ subject: { id: caseId, target, flavor, diffSha256 } }) => {
    const where = failures.length > 1 ? ` (${target}${flavor && ` ${flavor}`})` : "";
    const lens = (title: string, command: string): CodeLens => ({
      range,
      command: { title: `${title}${where}`, command, arguments: [{ kind: "case", caseId }] },
    });
    return [
      lens("Run Patch Attempt", "portwright.patch"),
      lens("Open Log at Cause", "portwright.openLog"),
      ...(diffSha256 === null ? [] : [lens("Open Diff", "portwright.openDiff")]),
    ];
  });
}
