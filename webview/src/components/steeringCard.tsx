import type { Steering } from "@portwright/server/protocol";
import { Icon } from "./icon.tsx";
import { useText } from "./strings.ts";

/** What a person said, and how far it got. */
export function SteeringCard({ steering }: { steering: Steering }) {
  const text = useText();
  const { who, mode, state, turn } = steering;
  const waiting = mode === "steer" ? "waitingSteer" : "waitingQueue";
  const words =
    state === "delivered" ? text("told", turn ?? "?") : text(state === "waiting" ? waiting : "dropped");
  return (
    <div class={`steering ${state}`}>
      <p class="place">
        <Icon name="person" />
        <strong>{who}</strong> <span>{text(mode === "steer" ? "steered" : "queued")}</span>
        <span class="time">{words}</span>
      </p>
      <p class="said">{steering.text}</p>
    </div>
  );
}
