import { describe, expect, it } from "vitest";
import { commonTail, isOfPort, placesOf } from "../../../server/src/builders/logPath.ts";

const WRKDIR = "/work/obj/work/DPorts/devel/foo/work";
const WRKSRC = `${WRKDIR}/foo-1.2`;
const folders = { WRKDIR, WRKSRC, BUILD_WRKSRC: `${WRKSRC}/build` };
const first = (path: string) => placesOf(path, folders, "devel/foo")[0];

describe("a path of a log", () => {
  it.each([
    ["of a work folder elsewhere", "/construction/devel/foo/work/foo-1.2/src/foo.c", `${WRKSRC}/src/foo.c`],
    ["of the same work folder", `${WRKSRC}/src/foo.c`, `${WRKSRC}/src/foo.c`],
    ["beside the sources", "/construction/devel/foo/work/.build/x.c", `${WRKDIR}/.build/x.c`],
    ["of the port itself", "/usr/ports/devel/foo/files/patch-x", "/work/DPorts/devel/foo/files/patch-x"],
    ["relative to where the build runs", "src/foo.c", `${WRKSRC}/build/src/foo.c`],
    ["above where the build runs", "../lib/x.h", `${WRKSRC}/lib/x.h`],
    ["with steps that lead nowhere", "./src/../src/foo.c", `${WRKSRC}/build/src/foo.c`],
  ])("%s", (_name, path, place) => {
    expect(first(path)).toBe(place);
  });

  it("of the system is none of the port", () => {
    expect(isOfPort("/usr/include/stdio.h", folders, "devel/foo")).toBe(false);
    expect(isOfPort("/etc/passwd", folders, "devel/foo")).toBe(false);
    expect(isOfPort("stdio.h", folders, "devel/foo")).toBe(true);
  });

  it("that leads out by its steps is looked for below the work folder too, and nowhere else by `/work` alone", () => {
    expect(placesOf("../../../../../../../../etc/passwd", folders, "devel/foo")).toContain(
      `${WRKSRC}/etc/passwd`,
    );
    expect(isOfPort("/work/../etc/passwd", folders, "devel/foo")).toBe(false);
  });
});

it("paths are compared from their ends", () => {
  expect(commonTail("/a/lib/x.h", "../lib/x.h")).toBe(2);
  expect(commonTail("x.h", "/lib/x.h")).toBe(1);
  expect(commonTail("lib/x.h", "lib/y.h")).toBe(0);
});
