import type { SteeringMode } from "@portwright/server/protocol";
import { useRef } from "preact/hooks";
import { post } from "../host.ts";
import type { ShownSession } from "../reducer.ts";
import { isRunning, liveTurn } from "../state.ts";
import { ApprovalCard } from "./approvalCard.tsx";
import { Words } from "./bounded.tsx";
import { Builds } from "./builds.tsx";
import { Composer } from "./composer.tsx";
import { OpenedContext } from "./disclosure.tsx";
import { Header } from "./header.tsx";
import { Icon } from "./icon.tsx";
import { ProofCard } from "./proofCard.tsx";
import { SteeringCard } from "./steeringCard.tsx";
import { useText } from "./strings.ts";
import { LiveTurnCard } from "./turnCard.tsx";
import { TurnList } from "./turnList.tsx";
import { useFollowing } from "./useFollowing.ts";
import type { TurnPlace } from "./useTurnWindow.ts";

interface SessionProps {
  session: ShownSession;
  /** Where the person was; "end" follows what comes. */
  start: TurnPlace | "end";
  onMove: (place: TurnPlace | "end") => void;
  draft: string;
  onDraft: (draft: string) => void;
  sending: boolean;
  problem: string | null;
  onSend: (text: string, mode: SteeringMode) => void;
}

export function Session({ session, start, onMove, ...composing }: SessionProps) {
  const text = useText();
  const scroller = useRef<HTMLElement>(null);
  const opened = useRef(new Set<string>());
  const { following, onScroll, setFollowing } = useFollowing(scroller, start === "end");
  const { turns, steerings, approvals, attempts, attempt } = session;
  const running = isRunning(session);
  const live = liveTurn(session);
  const last = turns.at(-1);
  const newest = attempts.at(-1)?.number ?? attempt.number;
  const shownAt = new Set([...turns.map(({ number }) => number), live?.turn]);
  const loose = steerings.filter(({ turn }) => turn === null || !shownAt.has(turn));
  const open = approvals.filter(({ turn }) => turn > (last?.number ?? 0));
  const asking = open.find(({ state }) => state === "waiting");
  const spoken = asking
    ? text("announceApproval", asking.tool)
    : last && text("announceTurn", last.number, last.calls.map(({ name }) => name).join(", "));
  return (
    <OpenedContext.Provider value={opened.current}>
      <Header session={session} />
      <main ref={scroller} onScroll={onScroll} aria-label={text("session")}>
        {turns.length === 0 && !live && <p class="empty">{text("noTurns")}</p>}
        <TurnList
          scroller={scroller}
          turns={turns}
          steerings={steerings}
          approvals={approvals}
          busy={running}
          start={start === "end" ? null : start}
          onMove={(place) => onMove(following ? "end" : place)}
          // Who reads one turn is not carried off to the next.
          onEnter={() => setFollowing(false)}
        />
        {live && (
          <LiveTurnCard
            live={live}
            told={steerings.filter(({ turn }) => turn === live.turn)}
            asksFor={asking?.tool}
          />
        )}
        {open.map((approval) => (
          <ApprovalCard key={approval.id} approval={approval} canAnswer={session.connected} />
        ))}
        <Builds session={session} />
        {attempt.summary !== "" && !running && (
          <section class="summary" aria-labelledby="summary">
            <h2 id="summary">{text("summary")}</h2>
            <Words text={attempt.summary} />
          </section>
        )}
        {session.proof && <ProofCard proof={session.proof} />}
        {loose.map((steering) => (
          <SteeringCard key={steering.id} steering={steering} />
        ))}
        {newest > attempt.number && (
          <p class="banner">
            <button type="button" onClick={() => post({ type: "showAttempt", number: newest })}>
              {text("newerAttempt", newest)}
            </button>
          </p>
        )}
        {running && !following && (
          <button type="button" class="newest" onClick={() => setFollowing(true)}>
            <Icon name="down" />
            {text("toNewest")}
          </button>
        )}
      </main>
      <Composer session={session} {...composing} />
      <p class="spoken" aria-live="polite">
        {spoken}
      </p>
    </OpenedContext.Provider>
  );
}
