import { z } from "zod";
import { EnvironmentError, Unhealthy } from "../../environments/errors.ts";
import type { Environment } from "../../environments/types.ts";
import type { CallRequest, ToolSchema } from "../model/types.ts";
import { build } from "./build.ts";
import { buildLog } from "./buildLog.ts";
import { dupe } from "./dupe.ts";
import { putFile, replaceInFile } from "./edit.ts";
import { envVerify } from "./envVerify.ts";
import { emitDiff, finish } from "./finish.ts";
import { getFile } from "./getFile.ts";
import { grep } from "./grep.ts";
import { keepText } from "./keep.ts";
import { listDir } from "./listDir.ts";
import { materialize } from "./materialize.ts";
import { genpatch, installPatches } from "./patches.ts";
import { PathError } from "./paths.ts";
import { extract, patchPhase } from "./phases.ts";
import { portQuery } from "./portQuery.ts";
import { RESULT_BYTES, renderResult } from "./result.ts";
import { showInvisible } from "./text.ts";
import { type Effect, refuse, type Tool, type ToolContext, type ToolResult } from "./types.ts";

/** All that can be called, in the order of `ToolName`. */
const tools: readonly Tool[] = [
  envVerify,
  listDir,
  getFile,
  putFile,
  replaceInFile,
  grep,
  materialize,
  extract,
  patchPhase,
  dupe,
  genpatch,
  installPatches,
  portQuery,
  build,
  buildLog,
  emitDiff,
  finish,
];

export const toolNames: readonly string[] = tools.map(({ name }) => name);

/** Single steps, for rules: to edit and to build does all of them. */
const steps: readonly string[] = [
  ...["env_verify", "materialize", "extract", "dupe", "genpatch", "install_patches", "emit_diff"],
];

/** What a model is told of, in plain JSON Schema: no `$schema`, no `strict`, no bounds that only restate integer. */
export const toolSchemas: readonly ToolSchema[] = tools
  .filter(({ name }) => !steps.includes(name))
  .map((tool) => ({
    name: tool.name,
    description: tool.description,
    parameters: trimmed(z.toJSONSchema(tool.schema, { io: "input" })) as Record<string, unknown>,
  }));

/** Without what says nothing to a model. */
function trimmed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(trimmed);
  if (typeof schema !== "object" || schema === null) return schema;
  const told = Object.entries(schema).filter(
    ([name, value]) => name !== "$schema" && !(name === "maximum" && value === Number.MAX_SAFE_INTEGER),
  );
  return Object.fromEntries(told.map(([name, value]) => [name, trimmed(value)]));
}

export interface ExecutedCall {
  ok: boolean;
  /** Bounded content for the model: see renderResult. */
  content: string;
  /** Blob of the whole result when it was larger than the bound. */
  spill: string | null;
  effect: Effect;
}

/** Runs one call of a model and turns whatever happens, short of cancellation, into a result that it can read. */
export async function executeCall(
  call: CallRequest,
  context: ToolContext,
  redact: (text: string) => string,
): Promise<ExecutedCall> {
  const tool = toolOf(call.name);
  const effect = effectOf(call.name);
  const result = tool === undefined ? unknownTool(call.name) : await runTool(tool, call, context);
  const present = (text: string) =>
    SHA256.test(text) ? text : presentable(text, context.environment, redact);
  const body = present(result.body);
  const facts = mapStrings(result.facts, present) as Record<string, unknown>;
  const clean = { ok: result.ok, facts, body };
  const whole = Buffer.byteLength(body) + Buffer.byteLength(JSON.stringify(facts));
  if (whole < RESULT_BYTES - 32) return { ...clean, content: renderResult(clean), spill: null, effect };
  const kept = await keepText(context, body);
  const shown = { ...clean, facts: { ...facts, whole: kept.path } };
  const content = renderResult(shown, RESULT_BYTES, `grep ${kept.path} or read a window of it with get_file`);
  return { ok: result.ok, content, spill: kept.sha256, effect };
}

/** Text as it may leave for a model: no folder of the host, no secret, nothing invisible. */
export function presentable(
  text: string,
  environment: Environment,
  redact: (text: string) => string,
): string {
  return showInvisible(redact(environment.toWorkPaths(text)));
}

/** Hashes are ours and are needed whole; a redactor may take them for keys. */
const SHA256 = /^[0-9a-f]{64}$/;

function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((entry) => mapStrings(entry, map));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, mapStrings(entry, map)]));
}

/** A call of no known tool changes nothing. */
export const effectOf = (name: string): Effect => toolOf(name)?.effect ?? "read";

const toolOf = (name: string): Tool | undefined => tools.find((tool) => tool.name === name);

function unknownTool(name: string): ToolResult {
  return refuse(
    `there is no tool ${name.slice(0, 100)}; there are: ${toolSchemas.map((tool) => tool.name).join(", ")}`,
  );
}

async function runTool(tool: Tool, call: CallRequest, context: ToolContext): Promise<ToolResult> {
  let given: unknown;
  try {
    given = call.arguments.trim() === "" ? {} : JSON.parse(call.arguments);
  } catch (error) {
    return refuse(
      `not executed: the arguments are not JSON (${(error as Error).message}); send the call again`,
    );
  }
  const args = tool.schema.safeParse(given);
  if (!args.success) {
    const issues = args.error.issues
      .slice(0, 5)
      .map((issue) => `${issue.path.join(".") || "arguments"}: ${issue.message}`);
    return refuse(`not executed: ${issues.join("; ")}`);
  }
  try {
    return await tool.run(args.data as never, context);
  } catch (error) {
    context.signal.throwIfAborted();
    // Nothing that a model could do about it.
    if (error instanceof Unhealthy) throw error;
    if (error instanceof PathError || error instanceof EnvironmentError) return refuse(error.message);
    const message = error instanceof Error ? error.message : String(error);
    return refuse(`${tool.name} failed: ${message}`);
  }
}
