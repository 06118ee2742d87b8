import type { Approval, SessionLive, Steering, Turn } from "@portwright/server/protocol";
import { durationText, elapsedText } from "@portwright/server/sessionPage/text";
import { ApprovalCard } from "./approvalCard.tsx";
import { Bounded, Words } from "./bounded.tsx";
import { CallCard, LiveCall } from "./callCard.tsx";
import { Disclosure } from "./disclosure.tsx";
import { SteeringCard } from "./steeringCard.tsx";
import { useText } from "./strings.ts";
import { useNow } from "./useNow.ts";

/** What was said before the turn, the turn's words, and its calls. */
export function TurnCard({
  turn,
  told,
  answers,
}: {
  turn: Turn;
  told: readonly Steering[];
  answers: readonly Approval[];
}) {
  const text = useText();
  const { number, usage, durationMs, reasoning, at, calls } = turn;
  const tokens = usage.uncachedTokens + usage.outputTokens;
  return (
    <>
      {told.map((steering) => (
        <SteeringCard key={steering.id} steering={steering} />
      ))}
      <h2 id={`turn-${number}`}>
        <span>{text("turn", number)}</span>{" "}
        <span class="time" title={new Date(at).toLocaleString()}>
          {tokens > 0 && `${text("tokensOf", tokens.toLocaleString())} · `}
          {durationText(durationMs)}
        </span>
      </h2>
      <Reasoning name={`${number}`} reasoning={reasoning} />
      {turn.text !== "" && <Words text={turn.text} />}
      {calls.map((call) => (
        <CallCard key={call.id} call={call} turn={number} />
      ))}
      {answers.map((approval) => (
        <ApprovalCard key={approval.id} approval={approval} canAnswer={false} />
      ))}
    </>
  );
}

interface LiveTurnProps {
  live: SessionLive;
  told: readonly Steering[];
  /** The tool whose call waits for a person's consent. */
  asksFor: string | undefined;
}

/** The turn that is being made. Not announced: its words come in pieces. */
export function LiveTurnCard({ live, told, asksFor }: LiveTurnProps) {
  const text = useText();
  const now = useNow(live.turnAt !== null);
  const isWaiting = live.text === "" && live.reasoning === "" && live.calls.length === 0;
  return (
    <article class="turn live" aria-labelledby={`turn-${live.turn}`}>
      {told.map((steering) => (
        <SteeringCard key={steering.id} steering={steering} />
      ))}
      <h2 id={`turn-${live.turn}`}>
        <span>{text("turn", live.turn)}</span>{" "}
        <span class="time">{live.turnAt !== null && elapsedText(Math.max(0, now - live.turnAt))}</span>
      </h2>
      <Reasoning name={`${live.turn}`} reasoning={live.reasoning} />
      {live.text !== "" && <Words text={live.text} growing />}
      {isWaiting && (
        <p class="place">
          <span class="spinner" aria-hidden="true" /> {text("thinking")}
        </p>
      )}
      {live.calls.map((call) => (
        <LiveCall
          key={call.id}
          call={call}
          turn={live.turn}
          asks={call.ok === null && call.name === asksFor}
        />
      ))}
    </article>
  );
}

function Reasoning({ name, reasoning }: { name: string; reasoning: string }) {
  const text = useText();
  if (reasoning === "") return null;
  return (
    <Disclosure name={`${name}/reasoning`} class="reasoning" summary={text("reasoning")}>
      {() => <Bounded text={reasoning} />}
    </Disclosure>
  );
}
