import { visible } from "@portwright/server/sessionPage/visible";
import type { Translate } from "../cases/words.ts";
import type { CommandId, NodeTag } from "../contributions.ts";

/** A row's looks, without the editor's types. `icon` and `color` are names of theme icons and colours. */
export interface Row {
  /** The same whenever the row is drawn, so that selection and expansion stay. */
  id: string;
  label: string;
  description: string;
  tooltip: string;
  /** What a screen reader says; the key fact first. */
  accessibility: string;
  icon: string;
  color?: string;
  tags: NodeTag[];
  children: "none" | "collapsed" | "expanded";
  command?: CommandId;
  /** What decorates the row: scheme, path and query of an address. */
  resource?: { scheme: string; path: string; query: string };
}

/** The row with no character that misleads: what ports and models say stands in it. */
export function readable(row: Row): Row {
  const { label, description, tooltip, accessibility } = row;
  return {
    ...row,
    ...{ label: visible(label), description: visible(description) },
    ...{ tooltip: visible(tooltip), accessibility: visible(accessibility) },
  };
}

/** A row that says why there is nothing, or nothing yet, and what mends that. */
export function messageRow(id: string, text: string, command?: CommandId): Row {
  return {
    ...{ id: `message/${id}`, label: text, description: "", tooltip: text, accessibility: text },
    ...{ icon: command ? "warning" : "info", tags: [], children: "none", ...(command && { command }) },
  };
}

/** The row after the last one shown; `left` are those beyond it, 0 when that is not known. */
export function moreRow(id: string, left: number, t: Translate): Row {
  const label = t("More...");
  const description = left > 0 ? t("{0} not shown", left) : "";
  return {
    ...{ id, label, description, tooltip: description, icon: "ellipsis", tags: ["more"], children: "none" },
    ...{ accessibility: `${label} ${description}`, command: "portwright.showMore" },
  };
}
