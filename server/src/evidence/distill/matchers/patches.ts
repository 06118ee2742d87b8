import { type Rule, rule } from "./rule.ts";

/** patch(1) in GNU and BSD wording, and the framework's lines about it. */
export const patchRules: readonly Rule[] = [
  rule(
    "patch-hunk-failed",
    ["hunk failed", "hunks failed"],
    /^(?<count>\d+) out of (?<total>\d+) hunks? failed(?: ?--? ?saving rejects to (?:file )?(?<rejects>\S+))?/i,
  ),
  rule("patch-hunk-failed", ["hunk #"], /^Hunk #(?<hunk>\d+) failed at/i, { weight: 0.85 }),
  rule(
    "patch-already-applied",
    ["previously applied", "reversed (or previously"],
    /(?:Ignoring previously applied|Reversed \(or previously applied\) patch detected)/,
  ),
  rule(
    "patch-already-applied",
    ["hunk ignored", "hunks ignored"],
    /^(?<count>\d+) out of (?<total>\d+) hunks? ignored(?: ?--? ?saving rejects to (?:file )?(?<rejects>\S+))?/i,
    { weight: 0.8 },
  ),
  rule(
    "patch-missing-file",
    ["no file to patch", "find file to patch", "no file found--skip"],
    /No file to patch|No file found--skip this patch|can't find file to patch/i,
  ),
  rule(
    "patch-malformed",
    ["malformed patch", "seem to find a patch", "only garbage was found", "unexpectedly ends in middle"],
    /(?:malformed patch at line (?<line>\d+)|can't seem to find a patch in there|[Oo]nly garbage was found in the patch|patch unexpectedly ends in middle)/,
  ),
  rule("patch-malformed", ["**** "], /^(?:g|bsd)?patch: \*{4} (?<message>.*)/),
  rule(
    "patch-file-absent",
    ["no such file or directory"],
    /(?:[Bb]ad file|can't find patch|Can't open patch file|cannot open)[: ]{1,4}'?(?<patch>\S{0,300}?(?:\.patch|\.diff|patch-\S{1,100}?))'?(?: ?:|$)/,
    { weight: 0.85 },
  ),
  rule(
    "patch-file-absent",
    ["no such file or directory"],
    /(?<![^\s'])(?<patch>\S{0,300}(?:\/patch-[^\s/]{1,100}|\.patch|\.diff)): No such file or directory/,
    { weight: 0.7 },
  ),
  rule(
    "patch-failed",
    ["failed applying"],
    /FAILED Applying (?:extra patch |\S+ )?(?:\S*\/)?(?<patch>[^\s/]+)$/,
    { weight: 0.78 },
  ),
  rule(
    "patch-failed",
    ["failed to apply cleanly"],
    /(?:^=> .*?[Pp]atch (?<patch>\S+) failed to apply cleanly|FAILED to apply cleanly .*?patch\(es\) +(?<patches>.*))/,
    { weight: 0.74 },
  ),
  rule(
    "patch-failed",
    ["patch failed: ", "patch does not apply"],
    /error: (?:patch failed: (?<file>[^:]+):\d+|(?<patch>[^:]+): patch does not apply)/,
  ),
];
