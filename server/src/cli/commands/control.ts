import type { Activity, Note, SessionRow } from "../../protocol/index.ts";
import { CliError, exitCodes } from "../failure.ts";
import { clean, money, oneLine, outcomeText, portName, table, waitingText, when } from "../output.ts";
import { more, pageSize } from "../page.ts";
import { callAndShow } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import type { CaseOptions } from "./case.ts";

interface SteerOptions extends CaseOptions {
  queue?: boolean;
}

export async function steer(
  terminal: Terminal,
  ref: string,
  text: string,
  { target, queue }: SteerOptions,
): Promise<void> {
  const params = { case: ref, target, text, mode: queue ? "queue" : "steer" } as const;
  await callAndShow(terminal, "session/steer", params, ({ steering }) =>
    steering.mode === "steer"
      ? "told at the next turn\n"
      : "kept for the end of the attempt, or the next one\n",
  );
}

/** For the call that waits. */
export async function answer(
  terminal: Terminal,
  what: "approve" | "reject",
  ref: string,
  text: string | undefined,
  { target }: CaseOptions,
): Promise<void> {
  const params = { case: ref, target, answer: what, text };
  await callAndShow(terminal, "session/answer", params, ({ approval: { tool, turn, state } }) =>
    oneLine(`${tool} of turn ${turn} is ${state}`).concat("\n"),
  );
}

export async function hold(
  terminal: Terminal,
  what: "pause" | "resume",
  ref: string,
  { target }: CaseOptions,
): Promise<void> {
  await callAndShow(terminal, `session/${what}`, { case: ref, target }, ({ job }) =>
    job.paused ? `the ${job.kind} is held at its next turn\n` : `the ${job.kind} goes on\n`,
  );
}

interface MarkOptions extends CaseOptions {
  reason?: string;
}

export async function ignore(
  terminal: Terminal,
  ignored: boolean,
  ref: string,
  { target, reason }: MarkOptions,
): Promise<void> {
  await callAndShow(terminal, "case/mark", { case: ref, target, ignored, reason }, ({ case: found }) =>
    found.ignored ? `${portName(found)} is ignored\n` : `${portName(found)} is no longer ignored\n`,
  );
}

/** `days` 0 ends a snooze. */
export async function snooze(
  terminal: Terminal,
  ref: string,
  days: string,
  { target, reason }: MarkOptions,
): Promise<void> {
  if (!/^\d{1,4}$/.test(days))
    throw new CliError(exitCodes.usage, `days: a whole number is needed, not ${oneLine(days)}`);
  const until = Number(days) === 0 ? null : Date.now() + Number(days) * 24 * 60 * 60_000;
  const params = { case: ref, target, snoozedUntil: until, reason };
  await callAndShow(terminal, "case/mark", params, ({ case: found }) =>
    found.snoozedUntil
      ? `${portName(found)} is out of sight until ${when(found.snoozedUntil)}\n`
      : `${portName(found)} is in sight\n`,
  );
}

/** `-` takes the case away from whoever has it. */
export async function assign(
  terminal: Terminal,
  ref: string,
  who: string,
  { target, reason }: MarkOptions,
): Promise<void> {
  const params = { case: ref, target, assignee: who === "-" ? null : who, reason };
  await callAndShow(terminal, "case/mark", params, ({ case: found }) =>
    found.assignee ? `${portName(found)} is ${found.assignee}'s\n` : `${portName(found)} is nobody's\n`,
  );
}

export async function say(
  terminal: Terminal,
  kind: "note" | "context",
  ref: string,
  text: string,
  { target }: CaseOptions,
): Promise<void> {
  await callAndShow(terminal, "case/note", { case: ref, target, kind, text }, ({ note }) =>
    note.revision ? `context, revision ${note.revision}\n` : "noted\n",
  );
}

interface CasePageOptions extends CaseOptions {
  limit?: string;
}

export async function notes(
  terminal: Terminal,
  ref: string,
  { target, limit }: CasePageOptions,
): Promise<void> {
  const params = { case: ref, target, ...pageSize(limit) };
  await callAndShow(terminal, "case/notes", params, ({ notes: found, nextCursor }) =>
    found.length === 0 ? "nobody said anything yet\n" : found.map(noteText).join("\n") + more(nextCursor),
  );
}

export async function activity(
  terminal: Terminal,
  ref: string,
  { target, limit }: CasePageOptions,
): Promise<void> {
  const params = { case: ref, target, ...pageSize(limit) };
  await callAndShow(terminal, "case/activity", params, ({ activity: found, nextCursor }) => {
    const columns = [
      { title: "WHEN", value: ({ at }: Activity) => when(at) },
      { title: "WHO", value: ({ who }: Activity) => who || "-" },
      { title: "WHAT", value: ({ what }: Activity) => what },
      { title: "", value: ({ text }: Activity) => text },
    ];
    return found.length === 0
      ? "nothing happened yet\n"
      : table(found, columns, terminal.width) + more(nextCursor);
  });
}

function noteText({ at, who, kind = "note", revision, anchor, text }: Note): string {
  const head = [
    at === undefined ? "" : when(at),
    oneLine(who),
    revision === undefined ? kind : `${kind}, revision ${revision}`,
    anchor ? oneLine(`${anchor.path}:${anchor.line}`) : "",
  ];
  return `${head.filter(Boolean).join("  ")}\n${clean(text).replace(/^/gm, "    ")}\n`;
}

export async function sessions(terminal: Terminal, { limit }: { limit?: string }): Promise<void> {
  await callAndShow(terminal, "sessions/list", pageSize(limit), ({ sessions: rows, counts }) =>
    rows.length === 0
      ? "nothing was ever done here\n"
      : table(
          rows,
          [
            { title: "WHAT", value: whatText },
            { title: "PORT", value: ({ case: subject }) => portName(subject) },
            { title: "TARGET", value: ({ case: subject }) => subject.target },
            { title: "STATE", value: ({ case: subject }) => subject.state },
            { title: "ATTEMPT", value: attemptText },
            { title: "TOKENS", value: ({ case: subject }) => subject.tokens },
            { title: "COST", value: ({ case: subject }) => money(subject.costMicros) },
          ],
          terminal.width,
        ) +
        waitingText(rows.flatMap(({ waits }) => waits ?? [])) +
        leftOutText(rows, counts),
  );
}

/** Those that were done have no count: older ones are in `portwright jobs`. */
function leftOutText(rows: readonly SessionRow[], counts: Record<string, number>): string {
  const shown = (name: string): number => rows.filter(({ group }) => group === name).length;
  return Object.entries(counts)
    .filter(([name, count]) => count > shown(name))
    .map(([name, count]) => `${name}: ${shown(name)} of ${count} (more: raise --limit)\n`)
    .join("");
}

function whatText({ group, job, approval, waits }: SessionRow): string {
  if (waits !== undefined) return `${group}, waits`;
  if (approval !== undefined) return `${group}, asks for ${approval.tool}`;
  return job?.paused ? `${group}, paused` : group;
}

const attemptText = ({ attempt, job }: SessionRow): string =>
  attempt ? `${attempt.number}, ${attempt.model}: ${outcomeText(attempt, job ? [job] : [])}` : "-";
