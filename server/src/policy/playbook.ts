import { FailureClass } from "../protocol/index.ts";

/**
 * What porters know of one sort of failure, for who repairs it. Each kind of trigger that it has must hold; of the
 * entries of one kind one is enough.
 */
export interface Playbook {
  /** The file's name without `.md`. */
  readonly id: string;
  readonly title: string;
  readonly classes: readonly FailureClass[];
  /** Words that stand in the evidence, or in the port's USES. */
  readonly toolchain: readonly string[];
  /** Patterns of a signature's key, with `*` for any run of characters. */
  readonly signatures: readonly string[];
  readonly body: string;
}

/** What is wrong with a playbook, and what to do about it. */
export interface PlaybookFault {
  line: number;
  field: string;
  message: string;
}

export interface PlaybookRules {
  /** Classes that no agent works on. */
  manual: readonly FailureClass[];
  /** Most bytes that a playbook may show: the budget of their section. */
  bytes: number;
}

const maxLines = 60;
const maxTitle = 100;
const maxEntries = 30;
const maxEntry = 100;
const fields = ["title", "classes", "toolchain", "signatures"] as const;
type Field = (typeof fields)[number];
const isField = (name: string): name is Field => (fields as readonly string[]).includes(name);
const isClass = (name: string): name is FailureClass =>
  (FailureClass.options as readonly string[]).includes(name);

interface Entry {
  value: string;
  line: number;
}

/**
 * Reads a playbook: lines `field: value` between two lines `---`, then Markdown. Lists are parted by commas. Any text
 * is taken; what is not a playbook comes back as faults.
 */
export function readPlaybook(
  id: string,
  text: string,
  rules: PlaybookRules,
): { playbook: Playbook | null; faults: PlaybookFault[] } {
  const faults: PlaybookFault[] = [];
  const lines = text.split(/\r?\n/);
  const end = lines.indexOf("---", 1);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id))
    faults.push({ line: 1, field: "", message: "name the file in lower case words joined by -" });
  if (lines[0] !== "---" || end < 0) {
    const message = "begin it with its triggers: lines like `title: ...` between two lines `---`";
    return { playbook: null, faults: [...faults, { line: 1, field: "", message }] };
  }
  const front = readFront(lines.slice(1, end), faults);
  const list = (field: Field): string[] => readList(front.get(field), field, faults);
  const playbook: Playbook = {
    id,
    title: front.get("title")?.value ?? "",
    classes: list("classes").filter(isClass),
    toolchain: list("toolchain").map((word) => word.toLowerCase()),
    signatures: list("signatures"),
    body: lines
      .slice(end + 1)
      .join("\n")
      .trim(),
  };
  faults.push(...faultsOf(playbook, front, rules, end + 2));
  return { playbook: faults.length === 0 ? playbook : null, faults };
}

function readFront(lines: readonly string[], faults: PlaybookFault[]): Map<Field, Entry> {
  const front = new Map<Field, Entry>();
  lines.forEach((text, index) => {
    const line = index + 2;
    if (text.trim() === "") return;
    const colon = text.indexOf(":");
    const name = text.slice(0, Math.max(0, colon)).trim();
    const fault = (message: string) => faults.push({ line, field: name.slice(0, maxEntry), message });
    if (colon < 0) fault("write `field: value`");
    else if (!isField(name)) fault(`unknown field; there are ${fields.join(", ")}`);
    else if (front.has(name)) fault("stands here twice: put all into one line");
    else front.set(name, { value: text.slice(colon + 1).trim(), line });
  });
  return front;
}

function readList(entry: Entry | undefined, field: Field, faults: PlaybookFault[]): string[] {
  if (entry === undefined) return [];
  const { value, line } = entry;
  const parts = value.split(",").map((part) => part.trim());
  const fault = (message: string) => faults.push({ line, field, message });
  if (parts.includes("")) fault("an entry is empty: part entries by one comma, or leave the field out");
  if (new Set(parts).size < parts.length) fault("an entry stands here twice");
  if (parts.length > maxEntries) fault(`more than ${maxEntries} entries: make it two playbooks`);
  if (parts.some((part) => part.length > maxEntry)) fault(`an entry is longer than ${maxEntry} characters`);
  return parts;
}

function faultsOf(
  { title, classes, toolchain, signatures, body }: Playbook,
  front: ReadonlyMap<Field, Entry>,
  { manual, bytes }: PlaybookRules,
  bodyLine: number,
): PlaybookFault[] {
  const faults: PlaybookFault[] = [];
  const fault = (field: Field | "", message: string, line = front.get(field as Field)?.line ?? 1) =>
    void faults.push({ line, field, message });
  if (title === "") fault("title", "give it a title");
  if (title.length > maxTitle) fault("title", `is longer than ${maxTitle} characters`);
  for (const name of front.get("classes")?.value.split(",") ?? []) {
    if (name.trim() === "" || isClass(name.trim())) continue;
    fault("classes", `no class ${name.trim()}; there are ${FailureClass.options.join(", ")}`);
  }
  if (classes.length > 0 && classes.every((name) => manual.includes(name)))
    fault("classes", "never shown: alwaysManual holds all of them; name a class that an agent works on");
  const reachable = (classes.length > 0 ? classes : FailureClass.options).filter(
    (name) => !manual.includes(name),
  );
  for (const pattern of signatures) {
    if (/^[a-z-]*(?: \|)? ?\*$/.test(pattern))
      fault("signatures", `${pattern} says no more than a class: name it in classes`);
    else if (!reachable.some((name) => couldBegin(pattern, `${name} | `)))
      fault(
        "signatures",
        `never fits: ${pattern} begins with none of its classes, as \`link-error | - | version-script | *\` does`,
      );
  }
  if (classes.length + toolchain.length + signatures.length === 0)
    fault("", "never shown: name classes, toolchain words or signatures");
  const lines = body === "" ? 0 : body.split("\n").length;
  if (lines === 0) fault("", "says nothing: write what to do below the second ---", bodyLine);
  if (lines > maxLines) fault("", `has ${lines} lines; ${maxLines} are the most`, bodyLine);
  const size = Buffer.byteLength(playbookText({ title, body }));
  if (size > bytes)
    fault("", `never shown whole: ${size} bytes, and briefing gives playbooks ${bytes}`, bodyLine);
  return faults;
}

/** Whether a text that begins with `start` can fit the pattern. */
function couldBegin(pattern: string, start: string): boolean {
  const fixed = pattern.split("*")[0] ?? "";
  return fixed.startsWith(start) || (pattern.includes("*") && start.startsWith(fixed));
}

/** As an attempt is shown it. */
export const playbookText = ({ title, body }: Pick<Playbook, "title" | "body">): string =>
  `### ${title}\n${body}`;
