import { kindText } from "@portwright/server/attention";
import type { Proof } from "@portwright/server/protocol";
import { durationText } from "@portwright/server/sessionPage/text";
import type { ComponentChildren } from "preact";
import { post } from "../host.ts";
import { Icon } from "./icon.tsx";
import { useText } from "./strings.ts";

/** The server's own record: what the untouched port did, what it did with the diff, and what follows. */
export function ProofCard({ proof }: { proof: Proof }) {
  const text = useText();
  const { verdict, reason, flags, baseline, build, builder, startedAt, endedAt } = proof;
  const place = kindText(proof.environment, proof.farKind);
  const { checks, dependents = [] } = proof;
  const proved = verdict === "proved";
  return (
    <section class={proved ? "proof proved" : "proof"} aria-labelledby="proof">
      <h2 id="proof">
        <Icon name={proved ? "check" : "warning"} />
        {text("proof")}
        <span class="state">{text(`verdict-${verdict}`)}</span>
        <span class="time">{[builder, place, durationText(endedAt - startedAt)].join(" · ")}</span>
      </h2>
      <p>{reason}</p>
      <ol class="steps">
        <Step
          name={text("baseline")}
          log={baseline?.logSha256}
          file="baseline.log"
          open={text("baselineLog")}
        >
          {baseline ? text("failedAt", baseline.phase ?? "?") : text("notRun")}
        </Step>
        <Step name={text("build")} log={build?.logSha256} file="build.log" open={text("buildLog")}>
          {build && (build.passed ? text("passed") : text("failedAt", build.phase ?? "?"))}
          {!build && text("notRun")}
        </Step>
        {checks && (
          <Step
            name={checks.targets.join(", ")}
            log={checks.logSha256}
            file="checks.log"
            open={text("openLog")}
          >
            {checks.passed ? text("checksPassed") : text("failedAt", checks.phase ?? "?")}
          </Step>
        )}
        {dependents.map(({ origin, flavor, state, said, logSha256 }, index) => (
          <Step
            key={`${origin}@${flavor}`}
            name={text("dependent", flavor ? `${origin}@${flavor}` : origin)}
            log={logSha256 ?? undefined}
            file={`dependent-${index + 1}.log`}
            open={text("openLog")}
          >
            {[text(`dependent-${state}`), said].filter(Boolean).join(" · ")}
          </Step>
        ))}
      </ol>
      {flags.length > 0 && (
        <>
          <h3>
            <Icon name="warning" />
            {text("lookTwice")}
          </h3>
          <ul>
            {flags.map((flag) => (
              <li key={flag}>{flag}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

interface StepProps {
  name: string;
  log: string | undefined;
  /** Name that the log has in the editor. */
  file: string;
  open: string;
  children: ComponentChildren;
}

function Step({ name, log, file, open, children }: StepProps) {
  return (
    <li>
      <strong>{name}</strong> <span>{children}</span>
      {log && (
        <button
          type="button"
          class="link"
          onClick={() => post({ type: "openArtifact", sha256: log, name: file })}
        >
          <Icon name="open" />
          {open}
        </button>
      )}
    </li>
  );
}
