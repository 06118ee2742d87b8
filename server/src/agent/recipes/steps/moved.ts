import { parseMoved } from "../../../environments/moved.ts";
import { literal, query, readText, rootOf, search, writeOverlay } from "../files.ts";
import { appendAssignment } from "../makefile.ts";
import { type Bench, type Script, StepRefused } from "../script.ts";
import { overlayMakefile } from "./overlayMakefile.ts";

const variables = ["LIB", "BUILD", "RUN", "PATCH", "EXTRACT", "FETCH", "TEST"].map(
  (kind) => `${kind}_DEPENDS`,
);
const movedFile = "/work/freebsd-ports/MOVED";
/** A port that moved more often is looked after by a person. */
const maxMoves = 10;

/** Names the new origin of a dependency that was renamed, wherever the old one stands. */
export function* followMoved(bench: Bench, origin: string): Script<string> {
  const to = yield* newOrigin(bench, origin);
  const path = overlayMakefile(bench);
  const before = yield* readText(bench, path);
  const own = before?.text.replace(mention(origin), (_whole, end: string) => `:${to}${end}`) ?? "";
  const upstream = yield* readText(bench, `${rootOf(bench, "upstream")}/Makefile`);
  const values = yield* query(bench, variables);
  const theirs = mention(origin).test(upstream?.text ?? "")
    ? variables.filter((name) => mention(origin).test(`${values[name] ?? ""} `))
    : [];
  const pattern = origin.replace(/[.+]/g, "[$&]");
  const text = theirs.reduce(
    (made, name) => appendAssignment(made, name, ":=", `\${${name}:C,:${pattern}(@.*)?$,:${to}\\1,}`),
    own,
  );
  if (text === (before?.text ?? "")) throw new StepRefused(`no dependency of the port names ${origin}`);
  yield* writeOverlay(bench, path, before, text);
  return `${origin} is ${to} now${theirs.length === 0 ? "" : ` (${theirs.join(", ")})`}`;
}

/** The origin behind a dependency's colon, with what follows it captured: a flavor, or the end of the word. */
const mention = (origin: string): RegExp => new RegExp(`:${literal(origin)}(@\\w+|(?=[\\s\\\\]|$))`, "g");

/** Where the tree says that a port went, over several moves; it has to be there. */
function* newOrigin(bench: Bench, origin: string): Script<string> {
  let at = origin;
  for (let move = 0; move < maxMoves; move += 1) {
    const lines = yield* search(bench, `^${literal(at)}\\|`, movedFile);
    const moved = parseMoved(lines.map(({ text }) => text).join("\n"))(at);
    if (moved === null) break;
    if (moved.to === null) throw new StepRefused(`${at} was removed from the tree: ${moved.reason}`);
    at = moved.to;
  }
  if (at === origin) throw new StepRefused(`MOVED of the tree does not say where ${origin} went`);
  const makefile = yield* readText(bench, `/work/DPorts/${at.replace(/@.*/, "")}/Makefile`);
  if (makefile === null) throw new StepRefused(`${origin} became ${at}, which is not in the tree`);
  return at;
}
