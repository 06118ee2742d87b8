import { fill, type StringKey, strings } from "@portwright/server/sessionPage/strings";
import { createContext } from "preact";
import { useContext } from "preact/hooks";

export const StringsContext = createContext<Readonly<Record<StringKey, string>>>(strings);

/** Looks a text up by its key and fills its places. */
export function useText(): (key: StringKey, ...values: (string | number)[]) => string {
  const texts = useContext(StringsContext);
  return (key, ...values) => fill(texts[key], ...values);
}
