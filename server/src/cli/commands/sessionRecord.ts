import { writeFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { replayAttempt } from "../../agent/replay/replay.ts";
import type { RecordedAttempt, Replay, ReplayedTurn } from "../../agent/replay/types.ts";
import type { Approval, Steering, Turn } from "../../protocol/index.ts";
import { type SessionFacts, sessionLines } from "../../protocol/sessionLines.ts";
import type { RpcClient } from "../../rpc/client.ts";
import { sessionPage } from "../../sessionPage/page.ts";
import { strings } from "../../sessionPage/strings.ts";
import { contentOf } from "../content.ts";
import { CliError, exitCodes } from "../failure.ts";
import { facts as factsText, oneLine, portName } from "../output.ts";
import { asJson, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import type { CaseOptions } from "./case.ts";
import { readTurns } from "./session.ts";

interface RecordOptions extends CaseOptions {
  attempt?: string;
}

type SessionRecordRead = RecordedAttempt & { steerings: Steering[]; approvals: Approval[] };

/** Runs a recorded attempt again, here and by itself; ends with `failure` where it does not come out the same. */
export async function replay(terminal: Terminal, ref: string, options: RecordOptions): Promise<void> {
  const { record, replayed } = await withServer(terminal, async (client) => {
    const record = await readRecord(terminal, client, ref, options);
    return { record, replayed: await replayAttempt(record) };
  });
  const { number } = record.attempt;
  terminal.out(terminal.json ? asJson({ attempt: number, ...replayed }) : replayText(number, replayed));
  if (!replayed.equal) throw new CliError(exitCodes.failure, "");
}

function replayText(attempt: number, { turns, end, equal }: Replay): string {
  const result = equal
    ? `all ${turns.length} requests are the recorded ones, byte for byte`
    : "not the recorded session";
  const lines = [...turns.map(turnText), ...(end === null ? [] : [end]), `attempt ${attempt}: ${result}`];
  return lines.map((line) => `${oneLine(line)}\n`).join("");
}

const turnText = ({ turn, bytes, difference }: ReplayedTurn): string =>
  difference === null
    ? `turn ${turn}: equal, ${bytes} bytes`
    : `turn ${turn}: differs at byte ${difference.byte} of ${bytes}: ${difference.part}, ${difference.is}`;

/** Writes all that is kept of an attempt to a new file: a page, or JSON lines. */
export async function exportSession(
  terminal: Terminal,
  ref: string,
  { html, jsonl, out, ...options }: RecordOptions & { html?: boolean; jsonl?: string; out?: string },
): Promise<void> {
  if (!html && jsonl === undefined) throw new CliError(exitCodes.usage, "say --html, or --jsonl FILE");
  await withServer(terminal, async (client) => {
    const record = await readRecord(terminal, client, ref, options);
    const facts = await sessionFacts(terminal, client, record);
    const { case: subject, attempt, turns } = facts;
    const name = `${portName(subject)}-${attempt.number}`.replace(/[^\w@.+-]+/g, "_");
    const output = jsonl ?? out ?? `${name}.html`;
    await writeNew(
      output,
      jsonl === undefined
        ? sessionPage({ ...facts, unit: await unitOf(terminal, client, attempt.model) }, strings, "en")
        : sessionLines({ ...facts, opening: await openingOf(record) }),
    );
    const told = { case: portName(subject), attempt: attempt.number, turns: turns.length, output };
    terminal.out(terminal.json ? asJson(told) : factsText(told));
  });
}

async function sessionFacts(
  { signal }: Terminal,
  client: RpcClient,
  { attempt, turns, steerings, approvals }: SessionRecordRead,
): Promise<SessionFacts> {
  const { case: subject, proofs } = await client.call("case/get", { case: attempt.caseId }, signal);
  const [proof = null] = proofs
    .filter(({ attemptId }) => attemptId === attempt.id)
    .toSorted((a, b) => b.startedAt - a.startedAt);
  return { case: subject, attempt, turns, steerings, approvals, proof };
}

async function openingOf({ turns, read }: RecordedAttempt): Promise<SessionFacts["opening"]> {
  const kept = turns[0]?.trace?.opening;
  return kept && { system: await read(kept.system), context: await read(kept.context) };
}

/** Unit of the model's price; "" for one that has none. */
async function unitOf({ signal }: Terminal, client: RpcClient, model: string): Promise<string> {
  const { models } = await client.call("models/list", {}, signal);
  return models.find((info) => info.model === model)?.price?.unit ?? "";
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new CliError(exitCodes.usage, `${path} is there already: name another file, or remove it`, error);
  }
}

async function readRecord(
  { signal }: Terminal,
  client: RpcClient,
  ref: string,
  { target, attempt: wanted }: RecordOptions,
): Promise<SessionRecordRead> {
  const params = { case: ref, target, attempt: wanted === undefined ? undefined : Number(wanted) };
  const turns: Turn[] = [];
  const { attempt, steerings, approvals } = await readTurns(
    client,
    params,
    (more) => void turns.push(...more),
  );
  const read = async (sha256: string) => (await buffer(contentOf(client, sha256, signal))).toString("utf8");
  return { attempt, turns, steerings, approvals, read };
}
