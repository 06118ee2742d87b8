import type { Approval } from "@portwright/server/protocol";
import { approvalWords } from "@portwright/server/sessionPage/strings";
import { useState } from "preact/hooks";
import { post } from "../host.ts";
import { longestAnswer } from "../messages.ts";
import { Arguments, Line } from "./callCard.tsx";
import { Disclosure } from "./disclosure.tsx";
import { Icon } from "./icon.tsx";
import { useText } from "./strings.ts";

/** A second click before that belongs to the first. */
const answerMs = 3000;

/** A call that the policy leaves to a person: what it would do, and the answer. */
export function ApprovalCard({ approval, canAnswer }: { approval: Approval; canAnswer: boolean }) {
  const text = useText();
  const { id, state, who, tool, arguments: json } = approval;
  return (
    <div class={`approval ${state}`}>
      <p class="place">
        <Icon name="person" />
        <strong>{text(approvalWords[state], who ?? "")}</strong>
      </p>
      <Disclosure name={`approval/${id}`} class="call" summary={<Line name={tool} json={json} />}>
        {() => <Arguments json={json} />}
      </Disclosure>
      {state === "waiting" ? (
        <Answer id={id} canAnswer={canAnswer} />
      ) : (
        approval.text !== "" && <p class="said">{approval.text}</p>
      )}
    </div>
  );
}

function Answer({ id, canAnswer }: { id: string; canAnswer: boolean }) {
  const text = useText();
  const [said, setSaid] = useState("");
  const [given, setGiven] = useState(false);
  const give = (answer: "approve" | "reject"): void => {
    post({ type: "answer", approval: id, answer, text: said.trim() });
    setGiven(true);
    // One that did not arrive may be given again.
    setTimeout(() => setGiven(false), answerMs);
  };
  return (
    <div class="actions">
      <input
        type="text"
        aria-label={text("approvalText")}
        placeholder={text("approvalHint")}
        maxLength={longestAnswer}
        value={said}
        onInput={(event) => setSaid(event.currentTarget.value)}
      />
      <button type="button" disabled={!canAnswer || given} onClick={() => give("reject")}>
        {text("reject")}
      </button>
      <button type="button" class="primary" disabled={!canAnswer || given} onClick={() => give("approve")}>
        {text("approve")}
      </button>
    </div>
  );
}
