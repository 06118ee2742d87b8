import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Layout } from "../../../server/src/environments/layout.ts";
import { PathTranslator, toPlainHost } from "../../../server/src/environments/translate.ts";

const layout: Layout = {
  kind: "plain",
  root: "/var/stäte/env/one",
  freebsdPorts: "/srv/freebsd-ports",
  base: "/var/stäte/bases/abc",
  distfiles: "/srv/distfiles",
  packages: null,
};
const translator = new PathTranslator(layout);

describe("from the host", () => {
  it.each([
    ["/var/stäte/env/one/obj/devel/a/a.c:3: error", "/work/obj/devel/a/a.c:3: error"],
    ["in /srv/freebsd-ports.", "in /work/freebsd-ports."],
    ["/var/stäte/bases/abc/Mk/bsd.port.mk", "/work/DPorts/Mk/bsd.port.mk"],
    ["-L/var/stäte/env/one/local/lib", "-L/usr/local/lib"],
    ["/srv/freebsd-ports-other/x /srv/distfiles.old", "/srv/freebsd-ports-other/x /srv/distfiles.old"],
    ["'/var/stäte/env/one'", "'/work'"],
  ])("%s", (text, expected) => {
    expect(translator.toWork(text)).toBe(expected);
    expect(translator.bytesToWork(Buffer.from(text)).toString()).toBe(expected);
  });

  it("gives the same in a stream, however it is cut", () => {
    const line = fc.constantFrom(
      "/var/stäte/env/one/obj/x",
      "/srv/distfiles",
      "plain text",
      "",
      "/var/stäte",
      "\xff\xfe",
    );
    const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), cuts, (lines, sizes) => {
        const bytes = Buffer.from(lines.join("\n"));
        const seen: Uint8Array[] = [];
        const stream = translator.stream((chunk) => seen.push(chunk));
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const size = sizes[n % sizes.length] ?? 1;
          stream.push(bytes.subarray(at, at + size));
          at += size;
        }
        stream.flush();
        expect(Buffer.concat(seen).toString("latin1")).toBe(translator.bytesToWork(bytes).toString("latin1"));
      }),
    );
  });
});

describe("to the host", () => {
  it.each([
    ["/work/obj", "/var/stäte/env/one/obj"],
    ["PORTSDIR=/work/DPorts", "PORTSDIR=/var/stäte/env/one/DPorts"],
    ["/usr/local/bin:/usr/bin", "/var/stäte/env/one/local/bin:/usr/bin"],
    ["-I/usr/local/include", "-I/var/stäte/env/one/local/include"],
    ["cat '/work/a' /work", "cat '/var/stäte/env/one/a' /var/stäte/env/one"],
    ["/work-evil /workspace /home/work/x /x/usr/local", "/work-evil /workspace /home/work/x /x/usr/local"],
  ])("%s", (text, expected) => {
    expect(toPlainHost(layout, text)).toBe(expected);
  });
});
