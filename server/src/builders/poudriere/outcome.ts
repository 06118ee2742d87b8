import { poudriereResults } from "../../evidence/results/poudriereFolder.ts";
import { portKey, type ReportedResult } from "../../evidence/results/types.ts";
import type { BuildOutcome } from "../types.ts";

type Verdict = Pick<BuildOutcome, "passed" | "failedPhase" | "reason">;

/**
 * How the port ended, by the lists in the folder of its build; null when they do not tell. A list names a built port before its
 * package is taken out of the jail again: it has passed when testport also ended well.
 */
export async function readOutcome(
  folder: string,
  origin: string,
  flavor: string,
  endedWell: boolean,
): Promise<Verdict | null> {
  const results = await poudriereResults(folder);
  const named = results.get(portKey(origin, flavor));
  // Of a port with flavors that was asked for without one, poudriere names the first.
  const result =
    named ?? (flavor === "" ? [...results.values()].find((one) => one.origin === origin) : undefined);
  if (result !== undefined) return verdictOf(result, endedWell);
  const failed = [...results.values()].filter(({ kind }) => kind === "failed");
  if (failed.length === 0) return null;
  const names = failed.slice(0, 5).map((one) => `${portKey(one.origin, one.flavor)} (${phaseOf(one)})`);
  return { passed: false, failedPhase: "build-depends", reason: `needs what fails: ${names.join(", ")}` };
}

function verdictOf(result: ReportedResult, endedWell: boolean): Verdict {
  const { kind, reason } = result;
  if (kind === "built") return { passed: endedWell, failedPhase: null };
  if (kind === "failed") return { passed: false, failedPhase: phaseOf(result) || null };
  const failedPhase = kind === "ignored" ? "check-sanity" : "build-depends";
  return { passed: false, failedPhase, reason: `${kind} due to ${reason}` };
}

/** `build/runaway` and `build/timeout` are ways in which `build` ends. */
const phaseOf = ({ phase }: ReportedResult) => phase.split("/", 1)[0] ?? "";
