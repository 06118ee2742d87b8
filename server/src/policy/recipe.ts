import { z } from "zod";
import { FINDING_KINDS } from "../evidence/distill/kinds.ts";
import { Confidence, FailureClass } from "../protocol/index.ts";

/** Text in which `${name}` (lower case) stands for a capture; make's own `${NAME}` stays as it is. */
const Template = z.string().min(1).max(2000);
const Word = z.string().min(1).max(200).regex(/^\S+$/, "one word without blanks");
const Variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, "a make variable in capitals");
const Regex = z.string().refine(compiles, "not a regular expression");

function compiles(source: string): boolean {
  try {
    new RegExp(source, "u");
    return true;
  } catch {
    // The refinement's message is the report.
    return false;
  }
}

/** Which tree a path starts in: the port's overlay, upstream or composed folder, or the patched source. */
const Place = z.enum(["overlay", "upstream", "composed", "source"]);
export type Place = z.infer<typeof Place>;

const Match = z.strictObject({
  kind: z.enum(FINDING_KINDS as [string, ...string[]]),
  /** Regular expressions that captures must meet; an absent capture meets none. Named groups are captured too. */
  captures: z.record(z.string(), Regex).optional(),
  /** A regular expression that the finding's line must meet; named groups are captured too. */
  text: Regex.optional(),
  /** Phases in which the finding may stand; any when left out. */
  phases: z.array(z.string()).min(1).optional(),
});
export type Match = z.infer<typeof Match>;

/** A value looked up in a table by a capture; a finding whose capture the table lacks does not match. */
const Lookup = z.strictObject({ from: z.string(), table: z.record(z.string(), z.string()) });

const Precondition = z.discriminatedUnion("if", [
  /** The words of a make variable; `pkgconfig:run` counts as `pkgconfig` too. */
  z.strictObject({ if: z.literal("variable-lacks"), variable: Variable, word: Word }),
  z.strictObject({ if: z.literal("variable-has"), variable: Variable, word: Word }),
  z.strictObject({ if: z.literal("file-exists"), in: Place, path: Template }),
  z.strictObject({ if: z.literal("file-absent"), in: Place, path: Template }),
  z.strictObject({ if: z.literal("file-mentions"), in: Place, path: Template, text: Template }),
]);
export type Precondition = z.infer<typeof Precondition>;

const Step = z.discriminatedUnion("do", [
  /** `VARIABLE+=` words in the overlay's Makefile. */
  z.strictObject({ do: z.literal("add-to-variable"), variable: Variable, words: z.array(Word).min(1) }),
  /** Takes words out of a variable, in the overlay's Makefile or, for upstream's words, by a `:N` modifier. */
  z.strictObject({ do: z.literal("remove-words"), variable: Variable, words: z.array(Word).min(1) }),
  z.strictObject({ do: z.literal("set-variable"), variable: Variable, value: z.string().max(500) }),
  z.strictObject({ do: z.literal("undefine-variable"), variable: Variable }),
  /** Commands of the overlay's Makefile that name this file, and targets left without a command. */
  z.strictObject({ do: z.literal("remove-commands"), naming: Template }),
  /** Cuts a patch again where its lines stand in the new source; retires it when all of it is there. */
  z.strictObject({ do: z.literal("recut-patch"), patch: Template }),
  /** Removes a patch once its change is seen in the source, or its target and its lines are gone. */
  z.strictObject({ do: z.literal("retire-patch"), patch: Template }),
  /** Brings the packing list in line with what check-plist found. */
  z.strictObject({ do: z.literal("regenerate-plist") }),
  /** Declares the port whose packing list holds what is missing; a tool for the phase that wants it. */
  z.strictObject({
    do: z.literal("depend-on-provider"),
    of: z.enum(["header", "library", "pkgconfig", "tool"]),
    file: Template,
    phase: Template.optional(),
  }),
  z.strictObject({ do: z.literal("depend-on-library"), library: Template, origin: Template }),
  /** An include of a system header at the top of a source, as a patch of the overlay. */
  z.strictObject({
    do: z.literal("include-header"),
    header: Template,
    source: Template,
    /** What the header declares; the source is known by its path and by holding this word. */
    symbol: Template,
  }),
  /** Every line of a source that meets `line` gives way to `with`, which may be empty; a patch of the overlay. */
  z.strictObject({
    do: z.literal("replace-lines"),
    source: Template,
    /** A word that the source holds, by which it is known beside its path. */
    symbol: Template,
    line: Regex,
    with: z.string().max(500),
  }),
  /** A dependency's new origin, as MOVED of the tree has it, wherever the port or the overlay names the old one. */
  z.strictObject({ do: z.literal("follow-moved"), origin: Template }),
  /** A default for a group of options of which exactly one must be chosen. */
  z.strictObject({ do: z.literal("choose-option"), group: Template }),
  /** USES=shebangfix for one script, found in the source by its installed name. */
  z.strictObject({ do: z.literal("fix-shebang"), script: Template }),
  /** Any tool of the loop. */
  z.strictObject({
    do: z.literal("call"),
    tool: z.string().min(1),
    arguments: z.record(z.string(), z.json()),
  }),
  /** A step that a plugin brings, named PLUGIN/STEP; it sees these values and files, and nothing else. */
  z.strictObject({
    do: z.literal("plugin"),
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9-]*$/, "PLUGIN/STEP"),
    values: z.record(z.string(), Template).default({}),
    reads: z
      .array(z.strictObject({ in: Place.exclude(["source"]), path: Template }))
      .max(16)
      .default([]),
  }),
  /** Words for the person who takes the case over; a recipe that advises does nothing else. */
  z.strictObject({ do: z.literal("advise"), text: Template }),
]);
export type Step = z.infer<typeof Step>;

export const Recipe = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "lower case words joined by -"),
  title: z.string().min(1).max(100),
  classes: z.array(FailureClass).min(1),
  /** Findings that call for the recipe; one is enough. */
  match: z.array(Match).min(1),
  lookup: z.record(z.string().regex(/^[a-z][a-zA-Z]*$/), Lookup).optional(),
  /** What the port must look like; all must hold. */
  when: z.array(Precondition).default([]),
  /** Each runs once for every distinct value of its captures. */
  steps: z.array(Step).min(1),
  confidence: Confidence,
  /** For the person who reviews the diff: why the change is the right one. */
  explanation: z.string().min(1),
});
export type Recipe = z.infer<typeof Recipe>;
