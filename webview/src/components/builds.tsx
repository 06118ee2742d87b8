import { elapsedText } from "@portwright/server/sessionPage/text";
import { useRef } from "preact/hooks";
import type { PhaseStart } from "../messages.ts";
import type { ShownSession } from "../reducer.ts";
import { isBuilding, phaseDurations, shownBuilds } from "../state.ts";
import { Disclosure } from "./disclosure.tsx";
import { useText } from "./strings.ts";
import { useFollowing } from "./useFollowing.ts";
import { useNow } from "./useNow.ts";

/** The phases of each build in a row; the last one of a running build is the one at work, with the end of its log. */
export function Builds({ session }: { session: ShownSession }) {
  const text = useText();
  const builds = shownBuilds(session);
  const building = isBuilding(session);
  if (builds.length === 0) return null;
  const { live } = session;
  return (
    <section class="builds" aria-labelledby="builds">
      <h2 id="builds">{text("phases")}</h2>
      {builds.map((phases, place) => (
        // A build has no name but its place.
        <Strip key={place} phases={phases} running={building && place === builds.length - 1} />
      ))}
      {live && live.log.length > 0 && <Log lines={live.log} open={building} />}
    </section>
  );
}

function Strip({ phases, running }: { phases: readonly PhaseStart[]; running: boolean }) {
  const text = useText();
  const now = useNow(running);
  const durations = phaseDurations(phases, running ? now : null);
  return (
    <ol>
      {phases.map(({ phase }, place) => {
        const current = running && place === phases.length - 1;
        const duration = durations[place] ?? null;
        return (
          <li key={place} class={current ? "current" : ""} aria-current={current ? "step" : undefined}>
            {current && <span class="spinner" aria-hidden="true" />}
            {phase}
            {duration !== null && <span class="time">{elapsedText(duration)}</span>}
            {current && <span class="spoken">{text("running")}</span>}
          </li>
        );
      })}
    </ol>
  );
}

function Log({ lines, open }: { lines: readonly string[]; open: boolean }) {
  const text = useText();
  // While a build runs its log is open, without being asked.
  if (open) return <Tail lines={lines} />;
  return (
    <Disclosure name="log" class="reasoning" summary={text("log")}>
      {() => <Tail lines={lines} />}
    </Disclosure>
  );
}

function Tail({ lines }: { lines: readonly string[] }) {
  const text = useText();
  const box = useRef<HTMLPreElement>(null);
  const { onScroll } = useFollowing(box, true);
  return (
    <pre class="tail" ref={box} onScroll={onScroll} role="log" aria-live="off" aria-label={text("log")}>
      {lines.join("\n")}
    </pre>
  );
}
