import { bounded, boundedEnd } from "@portwright/server/sessionPage/text";
import { Markdown } from "./markdown.tsx";
import { useText } from "./strings.ts";

/** Text of a log or a model: shown letter for letter, and no more of it than a view can bear. */
export function Bounded({ text: whole }: { text: string }) {
  const words = useText();
  const { text, cut } = bounded(whole);
  return (
    <pre>
      {text}
      {cut > 0 && `\n${words("cut", cut.toLocaleString())}`}
    </pre>
  );
}

/** What a model says; of words that still come, the newest. */
export function Words({ text: whole, growing = false }: { text: string; growing?: boolean }) {
  const words = useText();
  const { text, cut } = growing ? boundedEnd(whole) : bounded(whole);
  const left = cut > 0 && <p class="place">{words("cut", cut.toLocaleString())}</p>;
  return (
    <>
      {growing && left}
      <Markdown text={text} />
      {!growing && left}
    </>
  );
}
