import { bounded } from "../text.ts";
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
