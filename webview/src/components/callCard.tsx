import type { SessionLive, ToolCall } from "@portwright/server/protocol";
import { argumentLine, durationText, elapsedText, readArguments } from "@portwright/server/sessionPage/text";
import { post } from "../host.ts";
import { Bounded } from "./bounded.tsx";
import { Disclosure } from "./disclosure.tsx";
import { Icon } from "./icon.tsx";
import { useText } from "./strings.ts";
import { useNow } from "./useNow.ts";

/** A call of a turn that has ended. */
export function CallCard({ call, turn }: { call: ToolCall; turn: number }) {
  const text = useText();
  const { id, name, arguments: json, result, ok, durationMs, spill } = call;
  const openWhole = (): void =>
    post(
      spill
        ? { type: "openArtifact", sha256: spill, name: `${name}.txt` }
        : { type: "openResult", turn, call: id },
    );
  return (
    <Disclosure
      name={`${turn}/${id}`}
      class={ok ? "call" : "call refused"}
      summary={
        <>
          <Icon name={ok ? "check" : "cross"} />
          <Line name={name} json={json} />
          {!ok && <span class="mark">{text("failed")}</span>}
          <span class="time">{durationText(durationMs)}</span>
        </>
      }
    >
      {() => (
        <>
          <Arguments json={json} />
          <h3>{text("result")}</h3>
          <Bounded text={result} />
          <button type="button" class="link" onClick={openWhole}>
            <Icon name="open" />
            {text(spill ? "wholeResult" : "openResult")}
          </button>
        </>
      )}
    </Disclosure>
  );
}

interface LiveCallProps {
  call: SessionLive["calls"][number];
  turn: number;
  /** It is made only when a person consents. */
  asks: boolean;
}

/** A call of the running turn; its result stands in the stream when the turn ends. */
export function LiveCall({ call, turn, asks }: LiveCallProps) {
  const text = useText();
  const { id, name, arguments: json, at, ok, durationMs } = call;
  const now = useNow(ok === null);
  return (
    <Disclosure
      name={`${turn}/${id}`}
      class={ok === false ? "call refused" : "call"}
      summary={
        <>
          {ok === null ? <span class="spinner" aria-hidden="true" /> : <Icon name={ok ? "check" : "cross"} />}
          <Line name={name} json={json} />
          {ok !== true && (
            <span class="mark">{text(ok === false ? "failed" : asks ? "asks" : "running")}</span>
          )}
          <span class="time">
            {durationMs === null ? elapsedText(Math.max(0, now - at)) : durationText(durationMs)}
          </span>
        </>
      }
    >
      {() => <Arguments json={json} />}
    </Disclosure>
  );
}

export function Line({ name, json }: { name: string; json: string }) {
  return (
    <>
      <span class="tool">{name}</span>
      <span class="line">{argumentLine(json)}</span>
    </>
  );
}

export function Arguments({ json }: { json: string }) {
  const text = useText();
  const given = readArguments(json);
  return (
    <>
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
    </>
  );
}
