import { expect, test } from "vitest";
import { placeOf } from "../../../server/src/language/place.ts";

test.each([
  ["file:///usr/ports/devel/one/Makefile", "makefile", "devel/one", "file:///usr/ports/"],
  ["file:///x/ports/devel/one/dragonfly/patch-x.c", "patch", "devel/one", "file:///x/ports/"],
  ["file:///x/ports/devel/one/diffs/Makefile.diff", "patch", "devel/one", "file:///x/ports/"],
  ["file:///x/ports/devel/gtk%2B/files/extra-patch-y", "patch", "devel/gtk+", "file:///x/ports/"],
  ["file:///x/ports/devel/one/newport/pkg-plist.full", "plist", "devel/one", "file:///x/ports/"],
  ["file:///x/ports/devel/one/distinfo", "distinfo", "devel/one", "file:///x/ports/"],
  [
    "portwright://b/env/n/work/DeltaPorts/ports/devel/one/Makefile.DragonFly?x=1",
    "overlay",
    "devel/one",
    "portwright://b/env/n/work/DeltaPorts/ports/",
  ],
])("%s", (uri, kind, origin, root) => {
  expect(placeOf(uri)).toMatchObject({ kind, origin, root });
});

test.each([
  "file:///Makefile",
  "file:///x/ports/devel/one/Makefile.am",
  "file:///x/ports/devel/one/main.c",
  "file:///x/../../Makefile",
  "file:///x/a b/c d/Makefile",
  "file:///%/%zz/Makefile",
  "nonsense",
  "",
])("%s is no port's file", (uri) => {
  expect(placeOf(uri)).toBeNull();
});
