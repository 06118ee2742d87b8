import type { ComparedResult, MethodResult, Result } from "../../protocol/index.ts";
import { facts, portName, table } from "../output.ts";
import { more, pageSize } from "../page.ts";
import { callAndShow } from "../session.ts";
import type { Terminal } from "../terminal.ts";

interface ResultOptions {
  // Given by the person as they are; the server names the values that it knows.
  kind?: string;
  search?: string;
  limit?: string;
}

export async function results(terminal: Terminal, run: string, options: ResultOptions): Promise<void> {
  const { kind, search, limit } = options;
  const params = { run, kind: kind as never, text: search, ...pageSize(limit) };
  await callAndShow(terminal, "run/results", params, ({ results: found, total, nextCursor }) =>
    found.length === 0
      ? "no results\n"
      : `${table(
          found,
          [
            { title: "PORT", value: portName },
            { title: "RESULT", value: ({ kind: result }) => result },
            { title: "PACKAGE", value: ({ pkgname }) => pkgname },
            { title: "PHASE", value: ({ phase }) => phase },
            { title: "SECONDS", value: ({ seconds }) => seconds ?? "-" },
            { title: "REASON", value: ({ reason }) => reason },
          ],
          terminal.width,
        )}${found.length} of ${total} results\n${more(nextCursor)}`,
  );
}

interface CompareOptions {
  change?: string;
  limit?: string;
}

export async function compare(
  terminal: Terminal,
  left: string,
  right: string,
  { change, limit }: CompareOptions,
): Promise<void> {
  const params = { left, right, change: change as never, ...pageSize(limit) };
  await callAndShow(terminal, "runs/compare", params, (compared) => showComparison(compared, terminal.width));
}

function showComparison(
  { counts, results: rows, nextCursor }: MethodResult<"runs/compare">,
  width: number,
): string {
  const head = facts(counts);
  if (rows.length === 0) return head;
  const columns = [
    { title: "PORT", value: portName },
    { title: "CHANGE", value: ({ changes }: ComparedResult) => changes.join(", ") },
    { title: "BEFORE", value: ({ left }: ComparedResult) => resultText(left) },
    { title: "AFTER", value: ({ right }: ComparedResult) => resultText(right) },
  ];
  return `${head}\n${table(rows, columns, width)}${more(nextCursor)}`;
}

function resultText(result: Result | null): string {
  if (result === null) return "-";
  const { kind, phase, pkgname } = result;
  return [kind, phase && `in ${phase}`, pkgname].filter(Boolean).join(" ");
}
