import type { ComponentChildren } from "preact";
import { post } from "../host.ts";
import { isRunning, type ShownSession } from "../reducer.ts";
import { useText } from "./strings.ts";

export function Header({ session }: { session: ShownSession }) {
  const text = useText();
  const { case: subject, attempt } = session;
  const { tier, provider, model, usage, turns, builds, outcome, number } = attempt;
  const tokens = usage.uncachedTokens + usage.cachedTokens + usage.outputTokens;
  const state = outcome ?? text("running");
  return (
    <header>
      <div class="title">
        <h1>{subject.flavor ? `${subject.origin}@${subject.flavor}` : subject.origin}</h1>
        <span class={`state ${outcome ?? "running"}`}>{state}</span>
        <span class="actions">
          {attempt.diffSha256 && (
            <button type="button" onClick={() => post({ type: "openDiff" })}>
              {text("openDiff")}
            </button>
          )}
          {isRunning(session) && (
            <button type="button" onClick={() => post({ type: "stop" })}>
              {text("stop")}
            </button>
          )}
        </span>
      </div>
      <p class="place">{[text("attempt", number), subject.target, subject.classification].join(" · ")}</p>
      <dl>
        <Fact name={text("tier")}>{tier}</Fact>
        <Fact name={text("provider")}>{provider === model ? provider : `${provider} / ${model}`}</Fact>
        <Fact name={text("tokens")}>
          {usage.cachedTokens > 0
            ? text("cached", tokens.toLocaleString(), usage.cachedTokens.toLocaleString())
            : tokens.toLocaleString()}
        </Fact>
        <Fact name={text("turns")}>{Math.max(turns, session.turns.at(-1)?.number ?? 0)}</Fact>
        <Fact name={text("builds")}>{Math.max(builds, session.builds.length)}</Fact>
      </dl>
    </header>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
