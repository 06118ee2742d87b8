import type { Approval, Attempt, Delivery, StoredEvent, Turn } from "../protocol/index.ts";
import { oneLine, portName } from "./output.ts";

const quoted = 100;

function shorten(text: string): string {
  const line = oneLine(text);
  return line.length > quoted ? `${line.slice(0, quoted - 1)}…` : line;
}

function describeTurn({ number, calls, text }: Turn): string {
  const names = calls.map(({ name, ok }) => (ok ? name : `${name} (failed)`)).join(", ");
  return `turn ${number}: ${names || shorten(text) || "nothing said"}`;
}

function standing({ turns, briefing, resumed }: Attempt): string {
  if (resumed !== undefined && resumed.turn === turns) return `goes on after turn ${turns}`;
  if (turns > 0) return `has its answer of turn ${turns}`;
  return briefing === undefined ? "is under way" : `was told ${briefing.bytes} bytes`;
}

function answerText({ state, who, text }: Approval): string {
  if (state === "waiting") return "waits for a person's answer";
  return `is ${state}${who === null ? "" : ` by ${who}`}${text && `: ${shorten(text)}`}`;
}

function whereTo({ pushed, pullRequest }: Delivery): string {
  const places = [pushed && `pushed to ${pushed.remote}`, pullRequest?.url].filter(
    (place) => place !== undefined,
  );
  return places.map((place) => `, ${place}`).join("");
}

function describeFact(event: StoredEvent): string {
  const { type, payload } = event;
  switch (type) {
    case "target/seen":
      return `target ${payload.name}`;
    case "run/changed":
      return `run ${payload.id} of ${payload.target} is ${payload.state}`;
    case "result/recorded":
      return `${portName(payload)} ${payload.kind} on ${payload.target}${payload.phase && ` in ${payload.phase}`}`;
    case "bundle/added":
      return `evidence of ${portName(payload)}: ${payload.diagnosis.classification}`;
    case "case/changed":
      return `case ${payload.id}, ${portName(payload)}, is ${payload.state}`;
    case "job/changed":
      return `${payload.kind} ${payload.id} is ${payload.state}${payload.error ? `: ${payload.error}` : ""}`;
    case "attempt/changed":
      return `attempt ${payload.number} (${payload.model}) ${payload.outcome ?? standing(payload)}${payload.summary && `: ${shorten(payload.summary)}`}`;
    case "turn/recorded":
      return describeTurn(payload);
    case "proof/recorded":
      return `proof ${payload.verdict}${payload.reason && `: ${payload.reason}`}`;
    case "build/phase":
      return `  ${payload.phase}`;
    case "note/recorded":
      return `${payload.who}: ${payload.text}`;
    case "steering/changed":
      return `${payload.who} to the agent (${payload.mode}, ${payload.state}): ${shorten(payload.text)}`;
    case "approval/changed":
      return `${payload.tool} of turn ${payload.turn} ${answerText(payload)}`;
    case "delivery/changed":
      return `delivery of ${payload.subject} to ${payload.branch} is ${payload.state}${whereTo(payload)}`;
  }
}

/** One line for a person, safe for a terminal; without its time and place in the stream. */
export function describeEvent(event: StoredEvent): string {
  return oneLine(describeFact(event)).replace(/^/, event.type === "build/phase" ? "  " : "");
}
