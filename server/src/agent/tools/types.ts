import type { z } from "zod";
import type { Builder } from "../../builders/types.ts";
import type { Environment } from "../../environments/types.ts";
import type { Bundle, Diagnosis, ToolName } from "../../protocol/index.ts";
import type { BlobStore } from "../../store/types.ts";
import type { LiveTeller } from "../live/teller.ts";
import type { AttemptState } from "./state.ts";

/** Distils a build log; `builderPhase` is what the builder itself names as the failing phase. */
export type DistillLog = (
  log: AsyncIterable<Uint8Array>,
  options: { extractBytes: number; builderPhase?: string },
) => Promise<Diagnosis>;

/** `make -V` inside the environment: each variable asked for with its value, "" when unset. */
export type QueryPort = (
  environment: Environment,
  origin: string,
  flavor: string,
  variables: readonly string[],
) => Promise<Record<string, string>>;

/** What is wrong with a file of a port by its /work path and its text alone, each fault with its line. */
export type FaultsIn = (path: string, text: string) => readonly string[];

/** What every tool of one attempt works with. */
export interface ToolContext {
  readonly origin: string;
  readonly flavor: string;
  readonly bundle: Bundle;
  readonly environment: Environment;
  readonly builder: Builder;
  readonly blobs: BlobStore;
  readonly distill: DistillLog;
  readonly queryPort: QueryPort;
  /** Absent for a rule book, which knows what it writes. */
  readonly faultsIn?: FaultsIn | undefined;
  /** Builds that the attempt may run, and the longest that one may take. */
  readonly buildLimit: number;
  readonly buildTimeoutMs: number;
  /** By the SHA-256 of a diff: why to build it is of no use, since an earlier attempt did and the failure stayed as it was. */
  readonly failedDiffs: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
  readonly live: LiveTeller;
  readonly state: AttemptState;
}

/**
 * Exact and self-explaining: `facts` become the first line of what the model reads, as one JSON object that only
 * the server writes; `body` is text from the environment and follows it. A refusal has `facts.error`, which names
 * the right way.
 */
export interface ToolResult {
  ok: boolean;
  facts: Record<string, unknown>;
  body: string;
}

/** What a call does to the attempt's progress: `step` prepares an edit, `end` closes the attempt. */
export type Effect = "read" | "step" | "edit" | "build" | "end";

export interface Tool {
  readonly name: ToolName;
  readonly description: string;
  readonly effect: Effect;
  readonly schema: z.ZodType;
  run(args: never, context: ToolContext): Promise<ToolResult>;
}

/** A tool whose `run` is typed by its own schema. */
export function defineTool<S extends z.ZodType>(tool: {
  name: ToolName;
  description: string;
  effect: Effect;
  schema: S;
  run: (args: z.output<S>, context: ToolContext) => Promise<ToolResult>;
}): Tool {
  return tool as Tool;
}

export function done(facts: Record<string, unknown>, body = ""): ToolResult {
  return { ok: true, facts, body };
}

export function refuse(error: string, facts: Record<string, unknown> = {}, body = ""): ToolResult {
  return { ok: false, facts: { error, ...facts }, body };
}
