/** HTML that was written here. Anything else is text, and is escaped where it is put into it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes; null leaves the place empty. */
type Part = Html | string | number | null | readonly Part[];

/** Text may stand in elements and in attributes with double quotes, nowhere else. */
export function html(literals: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(
    literals.map((literal, place) => literal + (place < parts.length ? write(parts[place]) : "")).join(""),
  );
}

function write(part: Part | undefined): string {
  if (part === null || part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(write).join("");
  return String(part).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
