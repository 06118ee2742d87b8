import type { ResultKind } from "../../protocol/index.ts";
import { isRecord, numberOf, parseLenient, salvageObjects, textOf } from "./json.ts";
import { portOfSpec, type ReportedResult, secondsOf } from "./types.ts";

/** A file of dsynth's Report folder that tells of finished ports: `01_history.json` and on, about 50 KB each. */
export const historyName = /^\d{2,6}_history\.json$/;
/** Entries taken of one history file, which dsynth ends near 50 000 bytes. */
const largestHistory = 20_000;
const largestSlots = 1024;

const kinds: Readonly<Record<string, ResultKind>> = {
  built: "built",
  failed: "failed",
  ignored: "ignored",
  skipped: "skipped",
};

/**
 * Entries of a history file. dsynth rewrites it in place, so a reader meets half of one: then what stands whole in it is
 * given, and `whole` is false.
 */
export function parseHistory(text: string): { results: ReportedResult[]; whole: boolean } {
  const parsed = parseLenient(text);
  const whole = Array.isArray(parsed);
  const entries = whole ? parsed.slice(0, largestHistory) : salvageObjects(text, largestHistory);
  return { results: entries.flatMap((entry) => (isRecord(entry) ? resultOf(entry) : [])), whole };
}

function resultOf(entry: Record<string, unknown>): ReportedResult[] {
  const kind = kinds[textOf(entry, "result")];
  const port = portOfSpec(textOf(entry, "origin"));
  if (kind === undefined || port === null) return [];
  const info = textOf(entry, "info");
  return [
    {
      ...port,
      kind,
      // `build: 2`: the phase, and how many ports it holds up.
      phase: kind === "failed" ? info.replace(/:\s*\d*\s*$/, "").trim() : "",
      reason: kind === "ignored" || kind === "skipped" ? info.replace(/:\|:\s*\d*\s*$/, "").trim() : "",
      seconds: secondsOf(textOf(entry, "duration")),
      elapsed: secondsOf(textOf(entry, "elapsed")),
      pkgname: "",
    },
  ];
}

/** What a slot of the builder is doing. */
interface Slot {
  slot: string;
  origin: string;
  flavor: string;
  phase: string;
  /** Lines of the port's log so far. */
  lines: number;
  /** On this port; null when idle. */
  seconds: number | null;
}

/** `summary.json` of dsynth's Report folder. */
export interface Summary {
  profile: string;
  /** The builder says that it is at work; a builder that was killed says so for ever. */
  active: boolean;
  seconds: number;
  queued: number;
  remaining: number;
  built: number;
  failed: number;
  ignored: number;
  skipped: number;
  /** Packages an hour over the whole run, and lately. */
  perHour: number;
  impulse: number;
  load: number;
  slots: Slot[];
}

/** null for what is no summary, or not yet a whole one. */
export function parseSummary(text: string): Summary | null {
  const parsed = parseLenient(text);
  if (!isRecord(parsed) || !isRecord(parsed.stats)) return null;
  const { stats } = parsed;
  const whole = (key: string) => Math.round(numberOf(stats, key));
  const builders = Array.isArray(parsed.builders) ? parsed.builders.slice(0, largestSlots) : [];
  return {
    profile: textOf(parsed, "profile", 200),
    active: numberOf(parsed, "active") !== 0,
    seconds: secondsOf(textOf(stats, "elapsed")) ?? 0,
    ...{
      queued: whole("queued"),
      remaining: whole("remains"),
      built: whole("built"),
      failed: whole("failed"),
    },
    ...{ ignored: whole("ignored"), skipped: whole("skipped") },
    ...{ perHour: whole("pkghour"), impulse: whole("impulse"), load: numberOf(stats, "load") },
    slots: builders.flatMap((builder) => (isRecord(builder) ? [slotOf(builder)] : [])),
  };
}

function slotOf(builder: Record<string, unknown>): Slot {
  const port = portOfSpec(textOf(builder, "origin"));
  return {
    slot: textOf(builder, "ID", 10),
    ...{ origin: port?.origin ?? "", flavor: port?.flavor ?? "" },
    phase: textOf(builder, "phase", 40),
    lines: Math.round(numberOf(builder, "lines")),
    seconds: secondsOf(textOf(builder, "elapsed")),
  };
}
