import { render } from "preact";
import { useEffect, useReducer } from "preact/hooks";
import { Session } from "./components/session.tsx";
import { StringsContext } from "./components/strings.ts";
import { keep, onMessage, post, readStrings } from "./host.ts";
import { initialView, keptState, reduceSession } from "./reducer.ts";
import "./style.css";

const strings = readStrings();

function View() {
  const [view, dispatch] = useReducer(reduceSession, initialView);
  useEffect(() => {
    onMessage(dispatch);
    post({ type: "ready" });
  }, []);
  useEffect(() => {
    if (view.kind === "session") keep(keptState(view));
  }, [view]);
  return (
    <StringsContext.Provider value={strings}>
      {!view.connected && (
        <p class="banner" role="alert">
          {strings.disconnected}
        </p>
      )}
      {view.kind === "loading" && <p class="empty">{strings.loading}</p>}
      {view.kind === "failed" && <p class="empty">{view.text}</p>}
      {view.kind === "session" && <Session session={view} />}
    </StringsContext.Provider>
  );
}

const root = document.getElementById("root");
if (root) render(<View />, root);
