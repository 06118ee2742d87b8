import { realpath, stat } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { analyse } from "../../evidence/distill/distill.ts";
import type { SignaturePart } from "../../evidence/distill/signature.ts";
import { openLog } from "../../evidence/log.ts";
import type { Finding } from "../../protocol/index.ts";
import { CliError, exitCodes } from "../failure.ts";
import { clean, facts, oneLine, table } from "../output.ts";
import { asJson } from "../session.ts";
import type { Terminal } from "../terminal.ts";

const EXTRACT_BYTES = 8192;

/** The log's bytes; reading them throws once the person interrupts. */
async function openInput(
  path: string,
  signal: AbortSignal,
): Promise<{ chunks: AsyncIterable<Uint8Array>; problems: string[] }> {
  if (path === "-") return { chunks: addAbortSignal(signal, process.stdin), problems: [] };
  try {
    if (!(await stat(path)).isFile())
      throw new Error("it is not a file; what comes out of a pipe goes to `portwright distill -`");
    // What a person names may be a link.
    const { chunks, problems } = await openLog(await realpath(path));
    return { chunks: untilAborted(chunks, signal), problems };
  } catch (cause) {
    const isAbsent = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    const why = isAbsent ? "there is no such file" : cause instanceof Error ? cause.message : String(cause);
    throw new CliError(isAbsent ? exitCodes.notFound : exitCodes.failure, `${path}: ${why}`, cause);
  }
}

function showFindings(findings: readonly Finding[], width: number): string {
  return `\n${table(
    findings,
    [
      { title: "LINE", value: ({ line }) => line },
      { title: "ROLE", value: ({ role }) => role },
      { title: "KIND", value: ({ kind }) => kind },
      { title: "PHASE", value: ({ phase }) => phase ?? "-" },
      { title: "SURE", value: ({ confidence }) => confidence },
      {
        title: "CAPTURES",
        value: ({ captures }) =>
          Object.entries(captures)
            .map(([name, value]) => `${name}=${value}`)
            .join(" "),
      },
      { title: "TEXT", value: ({ text }) => text },
    ],
    width,
  )}`;
}

async function* untilAborted(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield chunk;
  }
}

/** How the key of a signature came about. */
function showSignature(parts: readonly SignaturePart[], width: number): string {
  return `\n${table(
    parts,
    [
      { title: "SIGNATURE PART", value: ({ name }) => name },
      { title: "IN THE KEY", value: ({ value }) => value },
      { title: "MADE FROM", value: ({ from }) => from ?? "-" },
      { title: "WHY", value: ({ why }) => why },
    ],
    width,
  )}`;
}

/** Says what made the build of a log fail; here, without a server. */
export async function distill(
  terminal: Terminal,
  path: string,
  { explain }: { explain?: boolean },
): Promise<void> {
  const { chunks, problems } = await openInput(path, terminal.signal);
  const analysis = await analyse(chunks);
  const found = { ...analysis.distillation, extract: analysis.extract(EXTRACT_BYTES) };
  for (const problem of problems) terminal.err(`portwright: ${path}: ${oneLine(problem)}\n`);
  if (terminal.json) {
    terminal.out(asJson(explain ? { ...found, signatureParts: analysis.signatureParts } : found));
    return;
  }
  terminal.out(
    facts({
      class: `${found.classification} (${found.confidence} confidence)`,
      outcome: found.outcome,
      phase: found.phase,
      cause: found.cause && `line ${found.cause.line}: ${found.cause.text}`,
      reason: found.reason,
      signature: `${found.signature.id}  ${found.signature.key}`,
      read: `${found.lines} lines, ${found.bytes} bytes`,
      beware: found.injection ? "the log holds text that reads like orders to an agent" : null,
    }),
  );
  if (explain) {
    terminal.out(showSignature(analysis.signatureParts, terminal.width));
    if (found.findings.length > 0) terminal.out(showFindings(found.findings, terminal.width));
    terminal.out(`\n${clean(found.extract).trimEnd()}\n`);
  }
}
