import { type MarkdownNode, parseMarkdown } from "@portwright/server/sessionPage/markdown";
import { h, type VNode } from "preact";
import { useMemo } from "preact/hooks";

/** Text of a model; its nodes are made one by one, so that no HTML is ever read. */
export function Markdown({ text }: { text: string }) {
  const nodes = useMemo(() => parseMarkdown(text).map(draw), [text]);
  return <div class="words">{nodes}</div>;
}

function draw(node: MarkdownNode): VNode | string {
  return typeof node === "string" ? node : h(node.tag, null, ...node.children.map(draw));
}
