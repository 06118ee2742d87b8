const SOURCE_QUOTE = /^\s*\d* \| |^\s+[~^][~^\s]*$/;
const COMMAND =
  /^(?:\[ *\d+[/%].{0,40}\] )?(?:libtool: (?:compile|link|install|relink): +)?(?:\/bin\/sh )?(?:[\w./+-]*\/)?(?:cc|c\+\+|gcc|g\+\+|clang|clang\+\+|cpp|ld|ar|as|libtool|gfortran|rustc|javac|ccache|moc|cmake|ninja|meson|\w+-gcc|\w+-g\+\+)[\d.-]* +[-\w/.@'"]/;
const TRACE = /^\++ \S/;
const ECHO =
  /(?:^|[\s;&|({@])(?:echo|printf|AC_MSG_ERROR|ECHO_MSG)\b.*["']|^\s*(?:if|test|for|case) |;\s*\\?$|&& *\\?$|\\$/;
const PROBE =
  /^(?:checking |-- (?:Looking|Performing|Checking|Check |Searching)|Checking |Has header|Program |Run-time dependency|Compiler for |\s*Looking )/;
const WARNING = /\bwarning: |^\s*\[?warn(?:ing)?\b/i;
const CONFIGURE_END = /config\S*: error: /;
const SAYS_OF_ITSELF = /^(?:no error|0 errors?|.{0,40}\b(?:0|no) errors?\b)/i;

/** Lines that can report nothing: quoted source, and the command lines that make prints before running them. */
export function reportsNothing(text: string): boolean {
  return (
    SOURCE_QUOTE.test(text) ||
    (COMMAND.test(text) && !/ (?:fatal )?error: |: not found/.test(text)) ||
    TRACE.test(text)
  );
}

/** Lines whose error words are likely quoted, probed for or only warned of. */
export function isDoubtful(text: string): boolean {
  if (CONFIGURE_END.test(text)) return false;
  return PROBE.test(text) || ECHO.test(text) || WARNING.test(text) || SAYS_OF_ITSELF.test(text);
}
