import { Lexer, type MarkedToken, type Token, type Tokens } from "marked";

/** Every element that text of a model can become. None loads, runs or leads anywhere, and none has an attribute. */
type MarkdownTag =
  | "p"
  | "h3"
  | "h4"
  | "h5"
  | "strong"
  | "em"
  | "del"
  | "code"
  | "pre"
  | "blockquote"
  | "ul"
  | "ol"
  | "li"
  | "hr"
  | "br"
  | "table"
  | "thead"
  | "tbody"
  | "tr"
  | "th"
  | "td";

export type MarkdownNode = string | { tag: MarkdownTag; children: MarkdownNode[] };

/** Deeper nesting is shown as it was written. */
const deepest = 12;

/** Reads Markdown into plain nodes; HTML, images and links stay text. */
export function parseMarkdown(text: string): MarkdownNode[] {
  let tokens: Token[];
  try {
    tokens = Lexer.lex(text, { gfm: true });
  } catch (error) {
    // Nesting without end exhausts the stack; such text is no prose, and is shown letter for letter.
    if (!(error instanceof RangeError)) throw error;
    return [element("pre", [text])];
  }
  return convertAll(tokens, 0);
}

const element = (tag: MarkdownTag, children: MarkdownNode[] = []): MarkdownNode => ({ tag, children });

function convertAll(tokens: readonly Token[], depth: number): MarkdownNode[] {
  return tokens.flatMap((token) => convert(token as MarkedToken, depth + 1));
}

function convert(token: MarkedToken, depth: number): MarkdownNode[] {
  if (depth > deepest) return [token.raw];
  const inner = (tokens: readonly Token[] | undefined): MarkdownNode[] => convertAll(tokens ?? [], depth);
  switch (token.type) {
    case "space":
    case "def":
      return [];
    case "paragraph":
      return [element("p", inner(token.tokens))];
    case "heading":
      // The turn itself is a heading of the second level.
      return [element(token.depth === 1 ? "h3" : token.depth === 2 ? "h4" : "h5", inner(token.tokens))];
    case "text":
      return "tokens" in token && token.tokens ? inner(token.tokens) : [token.text];
    case "escape":
      return [token.text];
    case "strong":
    case "em":
    case "del":
    case "blockquote":
      return [element(token.type, inner(token.tokens))];
    case "codespan":
      return [element("code", [token.text])];
    case "code":
      return [element("pre", [token.text])];
    case "br":
    case "hr":
      return [element(token.type)];
    case "list":
      return [
        element(
          token.ordered ? "ol" : "ul",
          token.items.map((item) => listItem(item, inner)),
        ),
      ];
    case "table":
      return [table(token, inner)];
    case "link":
      return linkText(token, inner);
    default:
      return [token.raw];
  }
}

function listItem({ task, checked, tokens }: Tokens.ListItem, inner: (tokens: Token[]) => MarkdownNode[]) {
  const content = inner(tokens.filter(({ type }) => type !== "checkbox"));
  return element("li", task ? [checked ? "☑ " : "☐ ", ...content] : content);
}

function table({ header, rows }: Tokens.Table, inner: (tokens: Token[]) => MarkdownNode[]): MarkdownNode {
  const row = (tag: "th" | "td", cells: readonly Tokens.TableCell[]): MarkdownNode =>
    element(
      "tr",
      cells.map(({ tokens }) => element(tag, inner(tokens))),
    );
  return element("table", [
    element("thead", [row("th", header)]),
    element(
      "tbody",
      rows.map((cells) => row("td", cells)),
    ),
  ]);
}

/** Where a link would lead is read, not followed: its words and its https address, or what was written. */
function linkText({ raw, href, text, tokens }: Tokens.Link, inner: (tokens: Token[]) => MarkdownNode[]) {
  if (!/^https:\/\//i.test(href)) return [raw];
  return text === href ? [href] : [...inner(tokens), ` (${href})`];
}
