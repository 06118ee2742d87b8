import { CommanderError } from "commander";
import { PortwrightError } from "../protocol/errors.ts";
import { RpcError, UnreachableError } from "../rpc/clientErrors.ts";

export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  unreachable: 4,
  interrupted: 130,
} as const;
type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A command's end that is not success; an empty message means that all is said already. */
export class CliError extends Error {
  override readonly name = "CliError";
  /** One of `exitCodes`, or that of a command which was run for the person. */
  readonly exitCode: number;
  constructor(exitCode: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}

function codeOfKind(kind: string): ExitCode {
  if (kind === "notFound") return exitCodes.notFound;
  if (kind === "badParams") return exitCodes.usage;
  if (kind === "cancelled") return exitCodes.interrupted;
  return exitCodes.failure;
}

const remedies: Readonly<Record<string, string>> = {
  EACCES: "run this as the user whom it belongs to, or name another place",
  EPERM: "run this as the user whom it belongs to, or name another place",
  EROFS: "name a place that can be written",
  ENOSPC: "make room on that disk",
  EDQUOT: "make room there: the quota is used up",
};

/** A system's refusal with what can be done about it. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const remedy = "code" in error ? remedies[String(error.code)] : undefined;
  return remedy === undefined ? error.message : `${error.message}: ${remedy}`;
}

interface Ending {
  exitCode: number;
  /** Name of the exit code, or the kind of the server's refusal, which says more. */
  kind: string;
  /** "" when nothing is left to say. */
  message: string;
}

const nameOf = (code: number): string =>
  Object.entries(exitCodes).find(([, each]) => each === code)?.[0] ?? "failure";

/** How the process ends after `error`; the message is for the person at the terminal. */
export function endingOf(error: unknown, interrupted: boolean): Ending {
  const ending = (exitCode: number, message: string, kind = nameOf(exitCode)): Ending => ({
    ...{ exitCode, kind, message },
  });
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? ending(exitCodes.ok, "") : ending(exitCodes.usage, usageOf(error));
  if (interrupted) return ending(exitCodes.interrupted, "interrupted");
  if (error instanceof CliError) return ending(error.exitCode, error.message);
  if (error instanceof UnreachableError) return ending(exitCodes.unreachable, error.message);
  if (error instanceof RpcError || error instanceof PortwrightError)
    return ending(codeOfKind(error.kind), error.message, error.kind);
  return ending(exitCodes.failure, wordsOf(error));
}

/** Where a command was to be named, all that commander says is its help. */
function usageOf({ code, message }: CommanderError): string {
  if (code === "commander.help") return "no command is named; portwright --help lists them";
  return message.replace(/^error: /, "");
}
