import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  fingerprint,
  hostKeyAlgorithms,
  judgeHostKey,
} from "../../../../server/src/evidence/remote/knownHosts.ts";

const key = Buffer.from("AAAAC3NzaC1lZDI1NTE5AAAAIJ2sIcXmFZsnpgvmV7FTtHJmKQhdUVxHSIFLD0pV7yPv", "base64");
const other = Buffer.from("AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "base64");
const line = (hosts: string, which = key, marker = "") =>
  `${marker}${hosts} ssh-ed25519 ${which.toString("base64")} a comment\n`;
const hashed = (name: string) => {
  const salt = Buffer.from("salt of twenty bytes");
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
};

test.each([
  ["by name", line("box.example"), "box.example", 22, "known"],
  ["by name in another case", line("BOX.example"), "box.EXAMPLE", 22, "known"],
  ["by one of several names", line("a,box.example,10.0.0.1"), "10.0.0.1", 22, "known"],
  ["with its port", line("[box.example]:2222"), "box.example", 2222, "known"],
  ["with another port", line("[box.example]:2222"), "box.example", 22, "unknown"],
  ["without the port that it is on", line("box.example"), "box.example", 2222, "unknown"],
  ["hashed", line(hashed("box.example")), "box.example", 22, "known"],
  ["hashed with its port", line(hashed("[box.example]:2222")), "box.example", 2222, "known"],
  ["hashed, another one", line(hashed("other.example")), "box.example", 22, "unknown"],
  ["by a pattern", line("*.example"), "box.example", 22, "known"],
  ["by a pattern of single letters", line("b?x.example"), "box.example", 22, "known"],
  ["by a pattern that leaves it out", line("*.example,!box.example"), "box.example", 22, "unknown"],
  ["with another key", line("box.example", other), "box.example", 22, "changed"],
  [
    "with another key and this one",
    line("box.example", other) + line("box.example"),
    "box.example",
    22,
    "known",
  ],
  ["as revoked", line("box.example") + line("*", key, "@revoked "), "box.example", 22, "revoked"],
  ["by an authority alone", line("*.example", key, "@cert-authority "), "box.example", 22, "authority"],
  [
    "by a comment",
    `# ${line("box.example")}\n\nbox.example\nbox.example ssh-ed25519\n`,
    "box.example",
    22,
    "unknown",
  ],
])("a host that is listed %s", (_, text, host, port, verdict) => {
  expect(judgeHostKey([{ path: "/k", text }], host, port, key).verdict).toBe(verdict);
});

test("the file and the line that decide are named", () => {
  const files = [
    { path: "/mine", text: `# mine\n${line("other")}` },
    { path: "/all", text: `\n${line("box", other)}${line("box", other)}` },
  ];
  expect(judgeHostKey(files, "box", 22, key)).toEqual({ verdict: "changed", where: "/all:2" });
});

test("fingerprints look as ssh shows them", () => {
  expect(fingerprint(key)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
});

test("a host is asked for keys of the known types first", () => {
  const rsa = line("box").replace("ssh-ed25519", "ssh-rsa");
  const asked = hostKeyAlgorithms([{ path: "/k", text: rsa }], "box", 22);
  expect(asked.slice(0, 3)).toEqual(["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"]);
  expect(hostKeyAlgorithms([], "box", 22)[0]).toBe("ssh-ed25519");
});

test("no text makes an unlisted key known", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.stringMatching(/^[*?a-z.]{0,40}$/), (text, pattern) => {
      const listed = `${text}\n${pattern} ssh-ed25519 ${other.toString("base64")}\n`;
      const { verdict } = judgeHostKey([{ path: "/k", text: listed }], "box.example", 22, key);
      expect(verdict).not.toBe("known");
    }),
  );
});
