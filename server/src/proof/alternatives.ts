/** A command whose end is an answer, and no failure. */
export const asks =
  /^(?:\[|test\s|\$[{(]TEST[})]|!|(?:\$[{(]E?GREP[})]|e?grep)\s+-\w*q|command\s+-v|which\s|cmp\s+-s|id\s)/;
/** What still fails. */
export const fails = /\b(?:exit|return)\s+["']?[1-9$]|\$[{(]FALSE[})]|\bfalse\b/;
export const quoted = /'[^']*'|"(?:[^"\\]|\\.)*"/g;
const commandEnd = /&&|;|[({]\s|\bthen\s|\bdo\s|\belse\s/;

/**
 * Whether a line of a recipe goes on where one of its commands failed: `a || b`, unless `a` asks something or `b` fails
 * too. `line` begins with the tab of a recipe.
 */
export function passesOver(line: string): boolean {
  if (!line.startsWith("\t")) return false;
  const [first = "", ...others] = line.slice(1).replace(quoted, "''").split("||");
  let before = first;
  return others.some((after) => {
    const command = before.split(commandEnd).at(-1) ?? "";
    before = after;
    return !asks.test(command.replace(/^[\s@+]+/, "")) && !fails.test(after);
  });
}
