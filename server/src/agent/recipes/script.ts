import type { Diagnosis } from "../../protocol/index.ts";
import type { PluginSteps } from "./steps/plugin.ts";

/** A call of a tool as a recipe asks for it. */
export interface PlannedCall {
  name: string;
  arguments: Record<string, unknown>;
}

/** A tool's answer, read back from the conversation. */
export interface Answer {
  ok: boolean;
  facts: Record<string, unknown>;
  body: string;
}

/** One turn of a script: a word on what it does, "" when it only goes on, and the calls to make. */
export interface PlannedTurn {
  say: string;
  calls: readonly PlannedCall[];
}

/**
 * A repair as a coroutine over the loop's turns: it yields calls and is resumed with their answers. It must be a pure
 * function of those answers, because the provider runs it again from the start at each turn.
 */
export type Script<T> = Generator<PlannedTurn, T, readonly Answer[]>;

/** A step that cannot be done here; the message is for a person and stands in the account. */
export class StepRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StepRefused";
  }
}

/** What the steps of one attempt work on. */
export interface Bench {
  readonly origin: string;
  readonly pluginSteps: PluginSteps;
  /** Overlay files that the current recipe changed, with the content they had before; null for none. */
  readonly journal: Map<string, string | null>;
  /** Said with the next turn. */
  saying: string;
  /** Patches that the current recipe has dealt with, perhaps along with another one. */
  readonly settledPatches: Set<string>;
  /** Sources were edited and are in no patch yet: dropped with what is undone, or a build would make patches of them. */
  loose: boolean;
  /** Answers of tools that only look, since the last call that may have changed something. */
  readonly seen: Map<string, Answer>;
}

export function newBench(origin: string, pluginSteps: PluginSteps = new Map()): Bench {
  return {
    origin,
    pluginSteps,
    journal: new Map(),
    saying: "",
    settledPatches: new Set(),
    loose: false,
    seen: new Map(),
  };
}

const lookingTools = new Set(["get_file", "grep", "list_dir", "port_query", "build_log"]);

/**
 * Makes the calls in one turn; refusals are returned like any answer. What was looked at before and cannot have
 * changed since is not asked again.
 */
export function* askAll(bench: Bench, calls: readonly PlannedCall[]): Script<readonly Answer[]> {
  const keyOf = (one: PlannedCall): string => JSON.stringify([one.name, one.arguments]);
  const open = calls.filter((one) => !bench.seen.has(keyOf(one)));
  if (open.some((one) => !lookingTools.has(one.name))) bench.seen.clear();
  const known = new Map(bench.seen);
  if (open.length > 0) {
    const say = bench.saying;
    bench.saying = "";
    const answers = yield { say, calls: open };
    for (const [index, one] of open.entries()) {
      const answer = answers[index] ?? unanswered(one.name);
      known.set(keyOf(one), answer);
      if (lookingTools.has(one.name)) bench.seen.set(keyOf(one), answer);
    }
  }
  return calls.map((one) => known.get(keyOf(one)) ?? unanswered(one.name));
}

const unanswered = (name: string): Answer => ({
  ok: false,
  facts: { error: `${name} was not answered` },
  body: "",
});

export function* ask(bench: Bench, name: string, args: Record<string, unknown> = {}): Script<Answer> {
  const [answer] = yield* askAll(bench, [{ name, arguments: args }]);
  return answer ?? unanswered(name);
}

/** Makes one call; throws StepRefused with the tool's own words when it is refused. */
export function* call(bench: Bench, name: string, args: Record<string, unknown> = {}): Script<Answer> {
  const answer = yield* ask(bench, name, args);
  if (!answer.ok) throw new StepRefused(`${name}: ${errorOf(answer)}`);
  return answer;
}

export const errorOf = (answer: Answer): string => textFact(answer, "error") ?? "refused without a reason";

export function textFact(answer: Answer, name: string): string | null {
  const value = answer.facts[name];
  return typeof value === "string" ? value : null;
}

/** What a failed build or patch phase found; kinds and captures only, as the tools report them. */
export function findingsOf(answer: Answer, phase: string | null): Diagnosis["findings"] {
  const listed = answer.facts.findings;
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((fact: unknown) => {
    if (typeof fact !== "object" || fact === null) return [];
    const { kind, line, ...rest } = fact as Record<string, unknown>;
    if (typeof kind !== "string") return [];
    const captures = Object.entries(rest).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    return [
      {
        kind,
        line: typeof line === "number" ? line : 1,
        offset: 0,
        text: "",
        phase,
        captures: Object.fromEntries(captures),
        confidence: 1,
        role: "primary" as const,
      },
    ];
  });
}
