import type {
  Approval,
  Attempt,
  CallParams,
  MethodResult,
  SessionLive,
  Steering,
  Turn,
} from "../../protocol/index.ts";
import { reduceLive } from "../../protocol/live.ts";
import type { RpcClient } from "../../rpc/client.ts";
import { showBriefing } from "../briefingText.ts";
import { followEvents } from "../follow.ts";
import { clean, money, oneLine } from "../output.ts";
import { asJson, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import type { CaseOptions } from "./case.ts";
import { textOf } from "./log.ts";

interface SessionOptions extends CaseOptions {
  attempt?: string;
  follow?: boolean;
  /** The whole message that opened the attempt, before its turns. */
  told?: boolean;
}

/** An attempt as far as it was read. */
interface Read {
  attempt: Attempt;
  steerings: Steering[];
  approvals: Approval[];
  lastTurn: number;
  /** Why it does not go on at present. */
  waits?: string | undefined;
}

export async function session(
  terminal: Terminal,
  ref: string,
  { target, attempt: wanted, follow, told }: SessionOptions,
): Promise<void> {
  await withServer(terminal, async (client) => {
    const params = { case: ref, target, attempt: wanted === undefined ? undefined : Number(wanted) };
    const collected: Turn[] = [];
    const show = (turns: Turn[], steerings: Steering[]): void => {
      if (terminal.json) collected.push(...turns);
      else terminal.out(turns.map((turn) => showTurn(turn, steerings)).join(""));
    };
    if (told && !terminal.json) await showTold(terminal, client, params);
    const after = client.server.seq;
    const read = await readTurns(client, params, show);
    if (follow && read.attempt.outcome === null) await followTurns(terminal, client, read, after, show);
    const { attempt, steerings, approvals, waits } = read;
    if (terminal.json)
      return terminal.out(
        asJson({ attempt, turns: collected, steerings, approvals, ...(waits !== undefined && { waits }) }),
      );
    if (attempt.briefing) terminal.out(showBriefing(attempt.briefing));
    for (const { who, text, state } of steerings)
      if (state === "waiting") terminal.out(`${oneLine(`${who}, not told yet: ${text}`)}\n`);
    for (const { turn, tool, state, arguments: given } of approvals)
      if (state === "waiting")
        terminal.out(
          `${oneLine(`turn ${turn} waits for your answer (session approve|reject): ${tool} ${given}`)}\n`,
        );
    const { number, outcome, summary, turns } = attempt;
    if (read.lastTurn === 0 && outcome !== null && turns > 0)
      terminal.out(`its ${turns} turns are not kept any more ("retention")\n`);
    const state = waits === undefined ? "under way" : "waiting";
    terminal.out(`attempt ${number}: ${outcome ?? state}. ${oneLine(waits ?? summary)}\n`);
    terminal.out(usedText(attempt));
  });
}

async function showTold(
  terminal: Terminal,
  client: RpcClient,
  params: CallParams<"session/get">,
): Promise<void> {
  const { attempt } = await client.call("session/get", params, terminal.signal);
  if (attempt.briefing === undefined)
    return terminal.out(`It is not recorded what attempt ${attempt.number} was told.\n`);
  for await (const part of textOf(client, attempt.briefing.sha256, {}, terminal.signal))
    terminal.out(clean(part));
  terminal.out("\n");
}

/** All turns so far, however many answers they take. */
export async function readTurns(
  client: RpcClient,
  params: { case: string; target?: string | undefined; attempt?: number | undefined },
  show: (turns: Turn[], steerings: Steering[]) => void,
): Promise<Read> {
  for (let lastTurn = 0; ; ) {
    const {
      attempt,
      turns,
      steerings = [],
      approvals = [],
      waits,
    } = await client.call("session/get", {
      ...params,
      afterTurn: lastTurn,
    });
    show(turns, steerings);
    const newest = turns.at(-1)?.number;
    if (newest === undefined) return { attempt, steerings, approvals, lastTurn, waits };
    lastTurn = newest;
  }
}

/** Goes on with each turn as it ends; what happens meanwhile is the progress. */
async function followTurns(
  terminal: Terminal,
  client: RpcClient,
  read: Read,
  after: number,
  show: (turns: Turn[], steerings: Steering[]) => void,
): Promise<void> {
  const { id, caseId } = read.attempt;
  const following: { now?: MethodResult<"session/follow"> } = {};
  client.on("session/live", ({ subscription, live, changes }) => {
    const { now } = following;
    if (subscription !== now?.subscription) return;
    now.live = live === undefined ? now.live && changes.reduce(reduceLive, now.live) : live;
    if (now.live) terminal.progress(liveText(now.live));
  });
  following.now = await client.call("session/follow", { case: caseId }, terminal.signal);
  await followEvents(client, { after }, terminal.signal, async ({ type, payload }) => {
    if (type === "steering/changed" && payload.caseId === caseId)
      read.steerings = [...read.steerings.filter((one) => one.id !== payload.id), payload];
    if (type === "turn/recorded" && payload.attemptId === id && payload.number > read.lastTurn) {
      show([payload], read.steerings);
      read.lastTurn = payload.number;
    }
    if (type === "attempt/changed" && payload.id === id) [read.attempt, read.waits] = [payload, undefined];
    return read.attempt.outcome === null;
  });
}

/** What the attempt used so far; kinds of tokens are told apart as they are priced apart. */
function usedText({ usage, costMicros }: Attempt): string {
  const { uncachedTokens, cachedTokens, outputTokens, reasoningTokens, estimated } = usage;
  const tokens = `${uncachedTokens} uncached, ${cachedTokens} cached, ${outputTokens} output, ${reasoningTokens} of it reasoning`;
  return `tokens: ${tokens}${estimated ? ", an estimate" : ""}; cost: ${money(costMicros)}\n`;
}

/** For a terminal: nothing that a model or a log said can steer it. */
export function showTurn(
  { attemptId, number, text, reasoning, calls, answeredBy }: Turn,
  steerings: readonly Steering[] = [],
): string {
  const lines = [`-- turn ${number}`];
  if (answeredBy !== undefined)
    lines.push(oneLine(`answered by ${answeredBy.provider} ${answeredBy.model}. ${answeredBy.reason}`));
  for (const said of steerings)
    if (said.attemptId === attemptId && said.turn === number)
      lines.push(clean(`${said.who}: ${said.text}`).trimEnd().replace(/^/gm, "< "));
  if (reasoning) lines.push(clean(reasoning).trimEnd().replace(/^/gm, "  | "));
  if (text) lines.push(clean(text).trimEnd());
  for (const call of calls) {
    lines.push(
      `> ${oneLine(`${call.name} ${call.arguments}`)}`,
      clean(call.result).trimEnd().replace(/^/gm, "  "),
    );
    if (call.spill) lines.push(`  (the whole result is artifact ${call.spill})`);
  }
  return `${lines.join("\n")}\n`;
}

/** One line about this moment. */
export function liveText({ turn, paused, calls, build, phases, log, text, reasoning }: SessionLive): string {
  if (paused) return `held after turn ${turn}`;
  const call = calls.find(({ ok }) => ok === null);
  const phase = phases.at(-1)?.phase;
  const doing =
    call === undefined
      ? (text || reasoning).trimEnd().split("\n").at(-1)
      : call.name === "build" && phase !== undefined
        ? `build ${build}: ${phase}: ${log.at(-1) ?? ""}`
        : `${call.name} ${call.arguments}`;
  return oneLine(`turn ${turn}: ${doing ?? ""}`);
}
