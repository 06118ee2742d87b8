import { clean } from "../../evidence/distill/clean.ts";
import type { LiveChange } from "../../protocol/index.ts";
import { liveBounds } from "../../protocol/live.ts";
import type { CallRequest } from "../model/types.ts";
import { createLogTail } from "./logTail.ts";
import { createTextStream } from "./textStream.ts";

const nameCharacters = 100;
/** Of a call's arguments; what is beyond is not looked at. */
const argumentCharacters = 4000;

/** Where a running attempt or proof says what it is at. All text is given as it came and leaves fit to be shown. */
export interface LiveTeller extends Disposable {
  /** A model call begins. */
  turn(number: number): void;
  delta(delta: { text: string; reasoning: string }): void;
  /** What came of this turn's answer is void: the call is made once more. */
  again(): void;
  call(call: CallRequest): void;
  called(id: string, ok: boolean, durationMs: number): void;
  build(number: number): void;
  phase(phase: string): void;
  /** Output of the running build. */
  output(chunk: Uint8Array): void;
  paused(paused: boolean): void;
}

export function createTeller(
  tell: (change: LiveChange) => void,
  { redact, now }: { redact: (text: string) => string; now: () => number },
): Omit<LiveTeller, keyof Disposable> & { flush(): void } {
  const present = (text: string): string => redact(text).split("\n").map(clean).join("\n");
  const word = (text: string): string => clean(text).slice(0, nameCharacters);
  const text = createTextStream(present, (said) => tell({ type: "text", text: said }));
  const reasoning = createTextStream(present, (said) => tell({ type: "reasoning", text: said }));
  const log = createLogTail(present, (lines, left) => tell({ type: "log", lines, left }));
  let turn = 1;
  const flush = () => {
    reasoning.flush();
    text.flush();
    log.flush();
  };
  const begin = () => tell({ type: "turn", turn, at: now() });

  return {
    flush,
    turn(number) {
      flush();
      turn = number;
      begin();
    },
    delta(delta) {
      if (delta.reasoning !== "") text.flush();
      reasoning.push(delta.reasoning);
      if (delta.text !== "") reasoning.flush();
      text.push(delta.text);
    },
    again() {
      reasoning.reset();
      text.reset();
      begin();
    },
    call({ id, name, arguments: given }) {
      flush();
      const shown = present(given.slice(0, argumentCharacters)).slice(0, liveBounds.argumentCharacters);
      tell({ type: "call", id: word(id), name: word(name), arguments: shown, at: now() });
    },
    called(id, ok, durationMs) {
      log.flush();
      tell({ type: "called", id: word(id), ok, durationMs });
    },
    build(build) {
      log.flush();
      log.reset();
      tell({ type: "build", build, at: now() });
    },
    phase(phase) {
      log.flush();
      tell({ type: "phase", phase: word(phase), at: now() });
    },
    output: (chunk) => log.push(chunk),
    paused: (paused) => tell({ type: "paused", paused }),
  };
}
