import type { Proof } from "@portwright/server/protocol";
import { post } from "../host.ts";
import { durationText } from "../text.ts";
import { useText } from "./strings.ts";

export function ProofCard({ proof }: { proof: Proof }) {
  const text = useText();
  const { verdict, reason, flags, baseline, build, builder, environment, startedAt, endedAt } = proof;
  const log = (sha256: string | undefined, name: string, key: "buildLog" | "baselineLog") =>
    sha256 && (
      <button type="button" class="link" onClick={() => post({ type: "openArtifact", sha256, name })}>
        {text(key)}
      </button>
    );
  return (
    <section class={verdict === "proved" ? "proof proved" : "proof"}>
      <h2>
        {text("proof")} <span class="state">{verdict}</span>
        <span class="time">{durationText(endedAt - startedAt)}</span>
      </h2>
      <p>{reason}</p>
      <p class="place">{[builder, environment].join(" · ")}</p>
      {flags.length > 0 && (
        <>
          <h3>{text("lookTwice")}</h3>
          <ul>
            {flags.map((flag) => (
              <li key={flag}>{flag}</li>
            ))}
          </ul>
        </>
      )}
      {log(baseline?.logSha256, "baseline.log", "baselineLog")}
      {log(build?.logSha256, "build.log", "buildLog")}
    </section>
  );
}
