import { writeFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { replayAttempt } from "../../agent/replay/replay.ts";
import type { RecordedAttempt, Replay, ReplayedTurn } from "../../agent/replay/types.ts";
import type { Approval, Steering, Turn } from "../../protocol/index.ts";
import { sessionLines } from "../../protocol/sessionLines.ts";
import type { RpcClient } from "../../rpc/client.ts";
import { contentOf } from "../content.ts";
import { CliError, exitCodes } from "../failure.ts";
import { facts, oneLine, portName } from "../output.ts";
import { asJson, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import type { CaseOptions } from "./case.ts";
import { readTurns } from "./session.ts";

interface RecordOptions extends CaseOptions {
  attempt?: string;
}

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

/** Writes all that is kept of an attempt to a new file. */
export async function exportSession(
  terminal: Terminal,
  ref: string,
  { jsonl, ...options }: RecordOptions & { jsonl: string },
): Promise<void> {
  await withServer(terminal, async (client) => {
    const record = await readRecord(terminal, client, ref, options);
    const { attempt, turns, steerings, approvals, read } = record;
    const { case: subject, proofs } = await client.call(
      "case/get",
      { case: attempt.caseId },
      terminal.signal,
    );
    const proof = proofs
      .filter(({ attemptId }) => attemptId === attempt.id)
      .toSorted((a, b) => b.startedAt - a.startedAt)[0];
    const kept = turns[0]?.trace?.opening;
    const opening = kept && { system: await read(kept.system), context: await read(kept.context) };
    const lines = sessionLines({
      ...{ case: subject, attempt, opening, turns, steerings, approvals, proof: proof ?? null },
    });
    await writeNew(jsonl, lines);
    const told = { case: portName(subject), attempt: attempt.number, turns: turns.length, output: jsonl };
    terminal.out(terminal.json ? asJson(told) : facts(told));
  });
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
): Promise<RecordedAttempt & { steerings: Steering[]; approvals: Approval[] }> {
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
