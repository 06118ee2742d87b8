import type { ResultKind } from "../../protocol/index.ts";
import { isRecord, parseLenient, textOf } from "./json.ts";
import { portOfSpec, type ReportedResult, secondsOf } from "./types.ts";

/** Files of a poudriere build's folder, by the kind of result that they list. */
export const poudriereLists: Readonly<Record<ResultKind, string>> = {
  built: ".poudriere.ports.built",
  failed: ".poudriere.ports.failed",
  ignored: ".poudriere.ports.ignored",
  skipped: ".poudriere.ports.skipped",
};

const kinds = Object.keys(poudriereLists) as ResultKind[];
const most = 200_000;

/** Results in the text of a `.data.json`; null for what is none, or half written. */
export function parsePoudriereData(text: string): ReportedResult[] | null {
  const parsed = parseLenient(text);
  if (!isRecord(parsed) || !isRecord(parsed.ports)) return null;
  const { ports } = parsed;
  return kinds.flatMap((kind) => {
    const entries = ports[kind];
    if (!Array.isArray(entries)) return [];
    return entries.slice(0, most).flatMap((entry) => {
      if (!isRecord(entry)) return [];
      const flavor = textOf(entry, "flavor", 100);
      const origin = textOf(entry, "origin", 300);
      const spec = flavor === "" || origin.includes("@") ? origin : `${origin}@${flavor}`;
      return resultOf(kind, spec, textOf(entry, "pkgname", 300), {
        phase: textOf(entry, "phase", 100),
        reason: textOf(entry, kind === "skipped" ? "depends" : "reason"),
        elapsed: textOf(entry, "elapsed", 40),
      });
    });
  });
}

/** Results of one list: lines of origin[@flavor], package name, and what that kind has besides. */
export function parsePoudriereList(kind: ResultKind, text: string): ReportedResult[] {
  return text
    .split("\n", most)
    .filter((line) => line.length < 4000)
    .flatMap((line) => {
      const [spec = "", pkgname = "", ...rest] = line.trim().split(/\s+/);
      const words = rest.join(" ");
      if (kind === "built") return resultOf(kind, spec, pkgname, { elapsed: rest[0] ?? "" });
      // Failed: phase, sort of error, seconds.
      if (kind === "failed")
        return resultOf(kind, spec, pkgname, { phase: rest[0] ?? "", elapsed: rest.at(-1) ?? "" });
      return resultOf(kind, spec, pkgname, { reason: words });
    });
}

function resultOf(
  kind: ResultKind,
  spec: string,
  pkgname: string,
  { phase = "", reason = "", elapsed = "" }: { phase?: string; reason?: string; elapsed?: string },
): ReportedResult[] {
  const port = portOfSpec(spec);
  if (port === null) return [];
  const seconds = /^\d{1,9}$/.test(elapsed) ? Number(elapsed) : secondsOf(elapsed);
  const leftOut = kind === "ignored" || kind === "skipped";
  return [
    {
      ...{ ...port, kind, pkgname, seconds, elapsed: null },
      phase: kind === "failed" ? phase : "",
      reason: leftOut ? reason.slice(0, 1000) : "",
    },
  ];
}
