import type { ShownSession } from "../reducer.ts";
import { useText } from "./strings.ts";

/** The phases of each build in a row; the last one of a running build is the one at work. */
export function Builds({ builds, running }: { builds: ShownSession["builds"]; running: boolean }) {
  const text = useText();
  if (builds.length === 0) return null;
  return (
    <section class="builds">
      <h2>{text("phases")}</h2>
      {builds.map((phases, build) => (
        // A build has no name but its place.
        <ol key={build}>
          {phases.map((phase, place) => (
            <li
              key={phase}
              class={running && build === builds.length - 1 && place === phases.length - 1 ? "current" : ""}
            >
              {phase}
            </li>
          ))}
        </ol>
      ))}
    </section>
  );
}
