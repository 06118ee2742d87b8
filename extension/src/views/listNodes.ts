import type { Translate } from "../cases/words.ts";
import type { PagedList } from "../pagedList.ts";
import { moreRow } from "./row.ts";
import type { ViewNode } from "./rowTree.ts";

/** The row after the last one shown, which brings more of them. */
export interface MoreNode extends ViewNode {
  more(): Promise<void>;
}

/** Rows of a list, of which a page more is shown when a person asks for it. */
export async function listNodes<T>(
  builder: string,
  id: string,
  list: PagedList<T>,
  nodeOf: (item: T) => ViewNode,
  redraw: () => void,
  t: Translate,
): Promise<ViewNode[]> {
  await list.open();
  const nodes: ViewNode[] = list.items.map(nodeOf);
  if (list.rest !== "page") return nodes;
  const more: MoreNode = {
    builder,
    row: moreRow(`more/${id}`, list.leftOut, t),
    async more() {
      await list.more();
      redraw();
    },
  };
  return [...nodes, more];
}
