import type { DiagnosticSeverity, Range, TextEdit } from "vscode-languageserver";

/** An edit of the document that mends a problem exactly. */
interface Fix {
  title: string;
  edits: TextEdit[];
}

/** One thing that is wrong in a document. */
export interface Problem {
  range: Range;
  severity: DiagnosticSeverity;
  /** Stable name of the rule. */
  code: string;
  /** What is wrong and, where it is not plain, what to do. */
  message: string;
  fixes: Fix[];
}

type Rest = Partial<Pick<Problem, "fixes">>;

const problem =
  (severity: DiagnosticSeverity) =>
  (range: Range, code: string, message: string, { fixes = [] }: Rest = {}): Problem => ({
    ...{ range, severity, code, message, fixes },
  });

export const faultAt = problem(1);
export const warningAt = problem(2);
export const hintAt = problem(3);
