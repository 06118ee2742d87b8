import type { CallRequest } from "../model/types.ts";
import type { BuildRecord } from "../tools/state.ts";
import type { Effect } from "../tools/types.ts";
import { roundOf } from "./cycles.ts";

interface GuardLimits {
  /** Reads in a row without an edit or a build before a word is said, and before the attempt ends. */
  readsBeforeNudge: number;
  readsBeforeEnd: number;
  /** Builds of the same diff that fail the same way, with others between them or not. */
  sameBuilds: number;
}

const usual: GuardLimits = { readsBeforeNudge: 14, readsBeforeEnd: 24, sameBuilds: 3 };

export interface ProgressGuards {
  /** Refusal of a call that was already answered twice since the last change; null lets it run. */
  refuse(call: CallRequest): string | null;
  /** Takes note of a call that ran; a word to the model, or "". `left` tells what an edit or a build left. */
  ran(call: CallRequest, effect: Effect, ok: boolean, left?: string): string;
  /** Why the attempt is stuck; null while it is not. */
  stalled(builds: readonly BuildRecord[]): string | null;
}

/** Progress in code, because prose is not heeded: an attempt moves by edits and builds, not by looking on. */
export function createProgressGuards(limits: GuardLimits = usual): ProgressGuards {
  let reads = 0;
  let nudged = false;
  let repeated = "";
  let seen = new Map<string, number>();
  let steps = new Map<string, number>();
  /** What each edit and build of the run left. */
  const moves: string[] = [];

  return {
    refuse(call) {
      const times = (seen.get(keyOf(call)) ?? 0) + 1;
      seen.set(keyOf(call), times);
      if (times < 3) return null;
      if (times > 3)
        repeated = `${call.name} was called ${times} times with the same arguments and no change between`;
      return `not executed: the same ${call.name} was answered twice and nothing changed since; edit, build or finish`;
    },
    ran(call, effect, ok, left = "") {
      const moved = effect === "build" || (ok && effect === "edit");
      if (moved) {
        if (left !== "") moves.push(left);
        seen = new Map();
        steps = new Map();
        reads = 0;
        nudged = false;
        return "";
      }
      if (ok && effect === "step") {
        // Reads may answer differently now; the step itself, taken again and again, is no progress.
        steps.set(keyOf(call), seen.get(keyOf(call)) ?? 1);
        seen = new Map(steps);
        return "";
      }
      reads += 1;
      if (nudged || reads < limits.readsBeforeNudge) return "";
      nudged = true;
      return `${reads} calls without an edit or a build. Make the change you think most likely and build it, or finish.`;
    },
    stalled(builds) {
      if (repeated !== "") return repeated;
      if (reads >= limits.readsBeforeEnd) return `${reads} calls in a row without an edit or a build`;
      const last = builds.at(-1);
      const same = builds.filter((build) => last !== undefined && buildKey(build) === buildKey(last));
      if (last?.passed === false && same.length >= limits.sameBuilds)
        return `${same.length} builds of the same change failed the same way in phase ${last.phase ?? "unknown"}`;
      const round = roundOf(moves);
      return round === null ? null : `the last edits and builds are the same ${round} again and again`;
    },
  };
}

const keyOf = (call: CallRequest): string => `${call.name} ${call.arguments}`;
export const buildKey = (build: BuildRecord): string =>
  `${build.passed} ${build.phase} ${build.signature} ${build.diffSha256}`;
