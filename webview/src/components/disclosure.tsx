import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useContext, useState } from "preact/hooks";

/** Names of what the person has opened; a turn that comes back into sight is as he left it. */
export const OpenedContext = createContext<Set<string>>(new Set());

interface DisclosureProps {
  /** Unique within the session. */
  name: string;
  class: string;
  summary: ComponentChildren;
  /** Drawn only while it is open. */
  children: () => ComponentChildren;
}

export function Disclosure({ name, class: className, summary, children }: DisclosureProps) {
  const opened = useContext(OpenedContext);
  const [isOpen, setOpen] = useState(opened.has(name));
  const onToggle = (event: Event): void => {
    const { open } = event.currentTarget as HTMLDetailsElement;
    if (open) opened.add(name);
    else opened.delete(name);
    setOpen(open);
  };
  return (
    <details class={className} open={isOpen} onToggle={onToggle}>
      <summary>{summary}</summary>
      {isOpen && children()}
    </details>
  );
}
