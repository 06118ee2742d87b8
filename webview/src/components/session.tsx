import { post } from "../host.ts";
import { isRunning, type ShownSession } from "../reducer.ts";
import { Builds } from "./builds.tsx";
import { Header } from "./header.tsx";
import { ProofCard } from "./proofCard.tsx";
import { useText } from "./strings.ts";
import { TurnCard } from "./turnCard.tsx";

export function Session({ session }: { session: ShownSession }) {
  const text = useText();
  const { turns, builds, proof, attempt, newerAttempt } = session;
  const last = turns.at(-1);
  const spoken = last && text("announceTurn", last.number, last.calls.map(({ name }) => name).join(", "));
  return (
    <>
      <Header session={session} />
      {newerAttempt !== null && (
        <p class="banner">
          <button type="button" onClick={() => post({ type: "showAttempt", number: newerAttempt })}>
            {text("newerAttempt", newerAttempt)}
          </button>
        </p>
      )}
      <main>
        {turns.length === 0 && <p class="empty">{text("noTurns")}</p>}
        {turns.map((turn) => (
          <TurnCard key={turn.number} turn={turn} />
        ))}
        <Builds builds={builds} running={isRunning(session)} />
        {attempt.summary !== "" && !isRunning(session) && <p class="summary">{attempt.summary}</p>}
        {proof && <ProofCard proof={proof} />}
      </main>
      <p class="spoken" aria-live="polite">
        {spoken}
      </p>
    </>
  );
}
