import { parseResult, renderResult } from "../tools/result.ts";
import { type ExecutedCall, effectOf } from "../tools/toolbox.ts";
import { refuse } from "../tools/types.ts";
import type { Execute } from "./calls.ts";

/** Shorter bodies are told again: to name the place takes as much. */
const leastBytes = 300;
const labelChars = 120;

/** Runs calls for a reader that has all earlier answers before it, and pays for each again and again. */
export interface Sparing {
  execute: Execute;
  /** A new answer's calls begin. */
  begin(): void;
}

interface Window {
  sha256: string;
  from: number;
  to: number;
  label: string;
}

/**
 * What stands in an answer above is not told again: the same text, or lines of a file that has not changed. A build that was
 * asked for together with an edit is not run where the edit was refused, or is the last one of that file and wrong in
 * something, so that both may be asked for at once. Forgotten with the process: an attempt that goes on is told a thing once more.
 */
export function createSparing(execute: Execute): Sparing {
  const told = new Map<string, string>();
  const windows = new Map<string, Window[]>();
  /** Why a build of this answer is not run: an edit that was refused, and by their paths those that are wrong in something. */
  let refused = "";
  const wrong = new Map<unknown, string>();

  /** What the same call was answered before: by its words alone nobody could tell which of its answers is meant. */
  function forget(label: string): void {
    for (const [body, by] of told) if (by === label) told.delete(body);
    for (const [path, shown] of windows)
      windows.set(
        path,
        shown.filter((window) => window.label !== label),
      );
  }

  function spared(call: Parameters<Execute>[0], executed: ExecutedCall): ExecutedCall {
    const { facts, body } = parseResult(executed.content);
    const label = `${call.name} ${call.arguments}`.slice(0, labelChars);
    // One that was cut in its middle shows less than its facts say.
    const { path, window } = windowOf(executed.spill === null ? facts : {}, label);
    const around = window && windows.get(path)?.find((one) => holds(one, window));
    const isLong = Buffer.byteLength(body) >= leastBytes;
    const where = isLong ? (told.get(body) ?? around?.label) : undefined;
    if (where !== label) forget(label);
    if (where === undefined) {
      if (isLong) told.set(body, label);
      if (isLong && window !== undefined) windows.set(path, [...(windows.get(path) ?? []), window]);
      return executed;
    }
    const { ok, ...others } = facts;
    const same = `nothing new: this text stands above, in the answer to ${where}`;
    return { ...executed, content: renderResult({ ok, facts: { ...others, same }, body: "" }) };
  }

  function note(name: string, { ok, content }: ExecutedCall): void {
    const { facts } = parseResult(content);
    if (!ok) refused = `${name} before it was refused; mend that first`;
    else if (facts.wrong === undefined) wrong.delete(facts.path);
    else
      wrong.set(
        facts.path,
        `${name} before it left something wrong; mend that, or build in your next answer`,
      );
  }

  return {
    begin() {
      refused = "";
      wrong.clear();
    },
    async execute(call) {
      const effect = effectOf(call.name);
      const why = refused || wrong.values().next().value;
      if (effect === "build" && why !== undefined)
        return { ok: false, content: renderResult(refuse(`not executed: ${why}`)), spill: null, effect };
      const executed = await execute(call);
      if (effect === "edit") note(call.name, executed);
      return spared(call, executed);
    },
  };
}

/** The lines of a file that an answer shows whole. */
function windowOf(
  { path, sha256, from, to, cutLine, encoding }: Record<string, unknown>,
  label: string,
): { path: string; window?: Window } {
  if (typeof path !== "string" || typeof sha256 !== "string") return { path: "" };
  if (typeof from !== "number" || typeof to !== "number") return { path };
  return cutLine === undefined && encoding === undefined
    ? { path, window: { sha256, from, to, label } }
    : { path };
}

const holds = (one: Window, other: Window): boolean =>
  one.sha256 === other.sha256 && one.from <= other.from && one.to >= other.to;
