import { render } from "preact";
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import { Session } from "./components/session.tsx";
import { StringsContext } from "./components/strings.ts";
import type { TurnPlace } from "./components/useTurnWindow.ts";
import { keep, kept, onMessage, post, readStrings } from "./host.ts";
import { initialView, reduceSession, type ShownSession } from "./reducer.ts";
import { isRunning } from "./state.ts";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/turns.css";
import "./styles/facts.css";

const strings = readStrings();
/** Moving about writes the kept state at most that often. */
const keepMs = 200;

const idOf = ({ builder, case: { id }, attempt }: ShownSession): string =>
  `${builder}/${id}/${attempt.number}`;

/** Where the person was in this session, else where its news are. */
function startOf(session: ShownSession): TurnPlace | "end" {
  if (kept?.sessionId === idOf(session) && kept.cursor !== null)
    return { turn: kept.cursor, pixels: kept.scroll };
  return isRunning(session) || kept?.sessionId === idOf(session) ? "end" : { turn: 1, pixels: 0 };
}

function View() {
  const [view, dispatch] = useReducer(reduceSession, initialView);
  const [draft, setDraft] = useState(kept?.draft ?? "");
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const place = useRef<TurnPlace | "end">("end");
  const [moved, setMoved] = useState(0);
  useEffect(() => {
    onMessage((message) => {
      dispatch(message);
      if (message.type !== "steered") return;
      setSending(false);
      setProblem(message.problem);
      if (message.problem === null) setDraft("");
    });
    post({ type: "ready" });
  }, []);
  const sessionId = view.kind === "session" ? idOf(view) : null;
  useEffect(() => {
    if (sessionId === null) return;
    const timer = setTimeout(() => {
      const { current } = place;
      const [cursor, scroll] = current === "end" ? [null, 0] : [current.turn, current.pixels];
      keep({ sessionId, cursor, scroll, draft });
    }, keepMs);
    return () => clearTimeout(timer);
  }, [sessionId, draft, moved]);
  return (
    <StringsContext.Provider value={strings}>
      {!view.connected && (
        <p class="banner" role="alert">
          {strings.disconnected}
        </p>
      )}
      {view.kind === "loading" && <p class="empty">{strings.loading}</p>}
      {view.kind === "failed" && <p class="empty">{view.text}</p>}
      {view.kind === "session" && (
        <Session
          key={idOf(view)}
          session={view}
          start={startOf(view)}
          onMove={(to) => {
            place.current = to;
            setMoved((count) => count + 1);
          }}
          {...{ draft, sending, problem }}
          onDraft={setDraft}
          onSend={(text, mode) => {
            setSending(true);
            setProblem(null);
            post({ type: "steer", text, mode });
          }}
        />
      )}
    </StringsContext.Provider>
  );
}

const root = document.getElementById("root");
if (root) render(<View />, root);
