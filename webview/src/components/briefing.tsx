import type { Briefing as Told } from "@portwright/server/protocol";
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
  const { name, bytes, told, shown, left } = section;
  const size =
    told === 0
      ? text("partLeft", bytes.toLocaleString())
      : told < bytes
        ? text("partCut", told.toLocaleString(), bytes.toLocaleString())
        : text("partWhole", told.toLocaleString());
  const parts = [
    size,
    ...(name === "playbooks" && told > 0 ? [shown.join(", ")] : []),
    ...(told > 0 && left.length > 0 ? [text("partWithout", left.join(", "))] : []),
  ];
  return (
    <li>
      {text(`briefing-${name}`)} <span class="place">{parts.join(" · ")}</span>
    </li>
  );
}
