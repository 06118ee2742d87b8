import type { SteeringMode } from "@portwright/server/protocol";
import { useState } from "preact/hooks";
import { longestSteering } from "../messages.ts";
import type { ShownSession } from "../reducer.ts";
import { canSpeak, isRunning } from "../state.ts";
import { useText } from "./strings.ts";

export interface ComposerProps {
  session: ShownSession;
  draft: string;
  onDraft: (draft: string) => void;
  /** What was sent and not answered yet. */
  sending: boolean;
  /** Why the server did not take it. */
  problem: string | null;
  onSend: (text: string, mode: SteeringMode) => void;
}

/** Two acts: to steer is heard at the next turn, to queue when the attempt would end, or by the next one. */
export function Composer({ session, draft, onDraft, sending, problem, onSend }: ComposerProps) {
  const text = useText();
  const [focused, setFocused] = useState(false);
  const running = isRunning(session);
  if (!canSpeak(session)) return null;
  const canSend = !sending && session.connected && draft.trim() !== "";
  const send = (mode: SteeringMode): void => {
    if (canSend) onSend(draft, mode);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send(running && !event.altKey ? "steer" : "queue");
  };
  return (
    <footer>
      {problem !== null && (
        <p class="banner" role="alert">
          {problem}
        </p>
      )}
      <textarea
        aria-label={text("say")}
        aria-describedby="hint"
        placeholder={text(running ? "sayNow" : "sayNext")}
        rows={focused || draft !== "" ? 3 : 1}
        maxLength={longestSteering}
        readOnly={sending}
        value={draft}
        onInput={(event) => onDraft(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
      />
      <div class="actions">
        <span id="hint" class="place">
          {text(running ? "hintRunning" : "hintNext")}
        </span>
        <button
          type="button"
          class={running ? "" : "primary"}
          disabled={!canSend}
          onClick={() => send("queue")}
        >
          {text("queue")}
        </button>
        {running && (
          <button type="button" class="primary" disabled={!canSend} onClick={() => send("steer")}>
            {text("steer")}
          </button>
        )}
      </div>
    </footer>
  );
}
