import { post } from "../host.ts";
import type { ShownSession } from "../reducer.ts";
import { isHeld, isRunning, stateOf } from "../state.ts";
import { Briefing } from "./briefing.tsx";
import { Spending } from "./budget.tsx";
import { useText } from "./strings.ts";

export function Header({ session }: { session: ShownSession }) {
  const text = useText();
  const { case: subject, attempt } = session;
  const { tier, provider, model } = attempt;
  const state = stateOf(session);
  const why = state === "waiting" ? session.waits : undefined;
  const places = [
    subject.target,
    subject.classification,
    text("tierOf", tier),
    provider === model ? provider : `${provider} / ${model}`,
  ];
  return (
    <header>
      <div class="title">
        <h1>{subject.flavor ? `${subject.origin}@${subject.flavor}` : subject.origin}</h1>
        <span class={`state ${state}`} title={why}>
          {text(`state-${state}`)}
        </span>
        <AttemptChoice session={session} />
        <Actions session={session} />
      </div>
      <p class="place">{places.join(" · ")}</p>
      {why && <p class="place">{why}</p>}
      <Spending session={session} />
      {attempt.briefing && <Briefing briefing={attempt.briefing} />}
    </header>
  );
}

/** Only what can be done now. */
function Actions({ session }: { session: ShownSession }) {
  const text = useText();
  const { attempt, case: subject, connected, proof } = session;
  // The command shows the case's own diff, which is that of the newest attempt that made one.
  const hasDiff = attempt.diffSha256 !== null && attempt.diffSha256 === subject.diffSha256;
  const action = (type: "openDiff" | "export" | "pause" | "resume" | "stop") => (
    <button type="button" disabled={!connected} onClick={() => post({ type })}>
      {text(type)}
    </button>
  );
  const isProving = attempt.outcome === "fixed" && proof === null && subject.state === "proving";
  return (
    <div class="actions">
      {action("export")}
      {hasDiff && action("openDiff")}
      {isHeld(session) && action("resume")}
      {session.steerable && isRunning(session) && !isHeld(session) && action("pause")}
      {(isRunning(session) || isProving) && action("stop")}
    </div>
  );
}

function AttemptChoice({ session }: { session: ShownSession }) {
  const text = useText();
  const { attempt, attempts, connected } = session;
  const state = stateOf(session);
  if (attempts.length < 2) return <span class="place">{text("attempt", attempt.number)}</span>;
  const choose = (event: Event): void => {
    const { value } = event.currentTarget as HTMLSelectElement;
    post({ type: "showAttempt", number: Number(value) });
  };
  return (
    <select aria-label={text("chooseAttempt")} disabled={!connected} value={attempt.number} onChange={choose}>
      {attempts.map(({ number, outcome }) => (
        <option key={number} value={number} selected={number === attempt.number}>
          {`${text("attempt", number)} · ${text(`state-${number === attempt.number ? state : (outcome ?? "running")}`)}`}
        </option>
      ))}
    </select>
  );
}
