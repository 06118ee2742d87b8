import type { CallParams } from "../../protocol/index.ts";
import type { RpcClient } from "../../rpc/client.ts";
import { CliError, exitCodes } from "../failure.ts";
import { clean, portName } from "../output.ts";
import { asJson, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import type { CaseOptions } from "./case.ts";

interface LogOptions extends CaseOptions {
  /** Byte of the unpacked log to begin at, as findings give it. */
  offset?: string;
  bytes?: string;
  search?: string;
  lastGood?: boolean;
}

/** Writes the failed build's log, or the last good one, as it is to a file or a pipe; on a terminal control characters are taken out. */
export async function log(terminal: Terminal, ref: string, options: LogOptions): Promise<void> {
  const { target, search } = options;
  await withServer(terminal, async (client) => {
    const params = { case: ref, target };
    const artifact = await (options.lastGood ? goodLog : failedLog)(client, params, terminal.signal);
    const parts = textOf(client, artifact.sha256, options, terminal.signal);
    const shown = search === undefined ? parts : linesWith(parts, search);
    let text = "";
    for await (const part of shown) {
      if (terminal.json) text += part;
      else terminal.out(process.stdout.isTTY ? clean(part) : part);
    }
    if (terminal.json) terminal.out(asJson({ artifact, text }));
  });
}

async function failedLog(client: RpcClient, params: CallParams<"case/get">, signal: AbortSignal) {
  const { case: found, bundles } = await client.call("case/get", params, signal);
  const named = (wanted: string) => bundles[0]?.artifacts.find(({ name }) => name === wanted);
  // A hook that could not take the log took its telling lines.
  const artifact = named("logs/full.log") ?? named("logs/errors.txt");
  if (artifact) return artifact;
  throw new CliError(exitCodes.notFound, `the evidence of ${portName(found)} holds no log`);
}

async function goodLog(client: RpcClient, params: CallParams<"case/lastGood">, signal: AbortSignal) {
  const { log: found, reason } = await client.call("case/lastGood", params, signal);
  if (found) return found;
  throw new CliError(exitCodes.notFound, `no log of a good build is known: ${reason}`);
}

export async function* textOf(
  client: RpcClient,
  sha256: string,
  { offset = "0", bytes = "Infinity" }: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<string> {
  // Characters may be split between two answers.
  const decoder = new TextDecoder();
  const end = Number(offset) + Number(bytes);
  for (let at = Number(offset), eof = false; !eof && at < end; ) {
    const length = Math.min(262_144, end - at);
    const part = await client.call("artifact/read", { sha256, offset: at, length }, signal);
    const data = Buffer.from(part.data, "base64");
    at += data.length;
    eof = part.eof;
    yield decoder.decode(data, { stream: !eof && at < end });
  }
}

/** Lines that hold `text`, each with its number from where reading began. */
async function* linesWith(parts: AsyncIterable<string>, text: string): AsyncGenerator<string> {
  let rest = "";
  let number = 0;
  const matching = (line: string): string => {
    number += 1;
    return line.includes(text) ? `${number}: ${line}\n` : "";
  };
  for await (const part of parts) {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    yield lines.map(matching).join("");
  }
  if (rest !== "") yield matching(rest);
}
