import type { Briefing as Told } from "@portwright/server/protocol";
import { partInWords } from "@portwright/server/sessionPage/text";
import { post } from "../host.ts";
import { Disclosure } from "./disclosure.tsx";
import { Icon } from "./icon.tsx";
import { useText } from "./strings.ts";

/** What the attempt was told before its first turn, and what found no room. */
export function Briefing({ briefing }: { briefing: Told }) {
  const text = useText();
  const { sha256, bytes, limit, sections } = briefing;
  const open = (): void => post({ type: "openArtifact", sha256, name: "told.txt" });
  return (
    <Disclosure
      name="briefing"
      class="briefing"
      summary={text("briefing", bytes.toLocaleString(), limit.toLocaleString())}
    >
      {() => (
        <>
          <ul>
            {sections.map((section) => (
              <Section key={section.name} section={section} />
            ))}
          </ul>
          <button type="button" class="link" onClick={open}>
            <Icon name="open" />
            {text("openBriefing")}
          </button>
        </>
      )}
    </Disclosure>
  );
}

function Section({ section }: { section: Told["sections"][number] }) {
  const text = useText();
  return (
    <li>
      {text(`briefing-${section.name}`)} <span class="place">{partInWords(section, text)}</span>
    </li>
  );
}
