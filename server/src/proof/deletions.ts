const sed = String.raw`(?:\$[({](?:REINPLACE_CMD|G?SED)[)}]|\bg?sed)`;
/** A script of sed as the shell reads it, behind `-e` or as sed's first word. */
const scripts = new RegExp(
  String.raw`(?:\s-[iEnrsu]*e\s*|${sed}(?:\s+-[iEnrsu][\w.]*(?:\s+'')?)*\s+)((?!-)(?:'[^']*'|"(?:[^"\\]|\\.)*"|[^\s'"])+)`,
  "g",
);
const address = String.raw`(?:/(?:\\.|[^\\/])*/I?|\\[|,#@:!%](?:\\.|[^\\|,#@:!%])*[|,#@:!%]I?|\d+|\$+)`;
/** Lines that go: `/a/d`, `/a/,/b/d`, `/a/!d`. */
const deletes = new RegExp(
  String.raw`(?:^|[;{])\s*(${address}?)\s*(,\s*(?:${address}|[+~]\d+))?\s*(!?)\s*d\s*(?=$|[;}])`,
  "g",
);
/** Lines that are emptied: `s/^.*a.*$//`. */
const empties = /(?:^|[;{/])\s*s([^\w\s\\])((?:\^|\.\*)(?:(?!\1).)*(?:\.\*|\$))\1\1/g;

const code =
  /\.(?:c|cc|cpp|cxx|m|mm|py|pl|pm|rb|rs|go|java|js|ts|php|lua|tcl|sh|awk|y|l|s|S|f|f90|ad[bs]|pas|vala|ml|hs)(?:\.in)?(?=[\s'"})*]|$)/;
/** Names what the software needs or is called, and runs nothing. */
const metadata = /\bsetup\.py\b|requirements[\w.-]*\.txt|\.(?:toml|cfg|json|lock|mod|sum)\b/;
const tests =
  /(?<![a-z])(?:add_|unit|py|c|g|google|doc|self)?tests?(?![a-z-]|_require)|(?<![a-z])testing(?![a-z])|assert/i;
/** What is included or defined elsewhere: a line less of it builds less only where nothing needs it. */
const declares = /\b(?:include|import|from)\b|\.h(?:pp)?\b|^\W*#(?!\s*error)/;

/** What is made of the software, and no source of it. */
const made = /\S*(?:STAGEDIR|PLIST)\S*/g;
const runsSed = new RegExp(String.raw`^\t(?:.*${sed}|\s*-e\s)`);

/** What the scripts of a line of a recipe take out of the sources, for those that `isNew` says are. */
export function deletionsIn(line: string, isNew: (script: string) => boolean): string[] {
  if (!runsSed.test(line)) return [];
  const read = line.replace(scripts, " ");
  const files = read.replace(made, "");
  if (files !== read && !files.includes("/")) return [];
  const found = [...line.matchAll(scripts)]
    .filter(([, word = ""]) => isNew(word))
    .flatMap(([, word = ""]) => linesTakenOut(word.replace(/['"]/g, "")));
  return found.flatMap(({ pattern, many }) => {
    if (tests.test(pattern) && !metadata.test(files)) return ["has sed delete tests of the software"];
    const isCode = code.test(files) && !metadata.test(files);
    return isCode && (many || !declares.test(pattern)) ? ["has sed delete code of the software"] : [];
  });
}

function linesTakenOut(script: string): { pattern: string; many: boolean }[] {
  const deleted = [...script.matchAll(deletes)].map(([, from = "", to = "", not = ""]) => ({
    pattern: `${from}${to}`,
    many: from === "" || to !== "" || not !== "",
  }));
  const emptied = [...script.matchAll(empties)].map(([, , pattern = ""]) => ({ pattern, many: false }));
  return [...deleted, ...emptied];
}
