/** The whole environment of what runs inside, before what a request adds. Nothing of the server's own is passed. */
export const baseVariables: Readonly<Record<string, string>> = {
  PATH: "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin",
  HOME: "/work/tmp",
  TMPDIR: "/work/tmp",
  USER: "portwright",
  LANG: "C",
  TERM: "dumb",
  TZ: "UTC",
};
