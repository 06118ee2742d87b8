import type { ToolCall, Turn } from "@portwright/server/protocol";
import { post } from "../host.ts";
import { argumentLine, durationText, readArguments } from "../text.ts";
import { Bounded } from "./bounded.tsx";
import { useText } from "./strings.ts";

export function TurnCard({ turn }: { turn: Turn }) {
  const text = useText();
  return (
    <section class="turn">
      <h2>
        {text("turn", turn.number)} <span class="time">{durationText(turn.durationMs)}</span>
      </h2>
      {turn.reasoning !== "" && (
        <details>
          <summary>{text("reasoning")}</summary>
          <Bounded text={turn.reasoning} />
        </details>
      )}
      {turn.text !== "" && <p class="words">{turn.text}</p>}
      {turn.calls.map((call) => (
        <CallCard key={call.id} call={call} />
      ))}
    </section>
  );
}

function CallCard({ call }: { call: ToolCall }) {
  const text = useText();
  const { name, arguments: json, result, ok, durationMs, spill } = call;
  const given = readArguments(json);
  return (
    <details class={ok ? "call" : "call refused"}>
      <summary>
        <span class="tool">{name}</span>
        <span class="line">{argumentLine(json)}</span>
        {!ok && <span class="mark">{text("failed")}</span>}
        <span class="time">{durationText(durationMs)}</span>
      </summary>
      <h3>{text("arguments")}</h3>
      {given ? (
        given.map(([key, value]) => (
          <div class="argument" key={key}>
            <span class="name">{key}</span>
            <Bounded text={value} />
          </div>
        ))
      ) : (
        <Bounded text={json} />
      )}
      <h3>{text("result")}</h3>
      <Bounded text={result} />
      {spill && (
        <button
          type="button"
          class="link"
          onClick={() => post({ type: "openArtifact", sha256: spill, name: `${name}.txt` })}
        >
          {text("wholeResult")}
        </button>
      )}
    </details>
  );
}
