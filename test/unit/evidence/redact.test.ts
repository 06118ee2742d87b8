import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redact } from "../../../server/src/evidence/redact.ts";

const CANARY = "cAnArY0123456789abcdefXYZ";

describe("secrets go", () => {
  test.each([
    ["a password in a URL", `fetch https://user:${CANARY}@example.org/x.tgz`],
    ["a token as a URL's user", `git clone https://${CANARY}@example.org/r.git`],
    ["a GitHub token", `using ghp_${CANARY}AAAA`],
    ["a GitLab token", `glpat-${CANARY}`],
    ["a model key", `key is sk-proj-${CANARY}`],
    ["an AWS key id", "AKIAABCDEFGHIJKLMNOP".replace("ABCDEFGH", "CANARYAB")],
    ["a Slack token", `xoxb-1234-${CANARY}`],
    ["a header", `Authorization: Bearer ${CANARY}`],
    ["a basic header", `curl -H 'Proxy-Authorization: Basic ${CANARY}=='`],
    ["an environment line", `OPENAI_API_KEY=${CANARY}`],
    ["a quoted setting", `"password": "${CANARY}"`],
    ["a make variable", `DB_PASSWD= ${CANARY}`.replace("= ", "=")],
    ["a query", `https://example.org/a?x=1&access_token=${CANARY}&y=2`],
    ["a web token", `eyJhbGciOiJIUzI1NiJ9.${CANARY}.${CANARY}`],
    ["a private key", `-----BEGIN OPENSSH PRIVATE KEY-----\n${CANARY}\n-----END OPENSSH PRIVATE KEY-----`],
    ["a private key cut short", `-----BEGIN RSA PRIVATE KEY-----\n${CANARY}`],
  ])("%s", (_name, text) => {
    const out = redact(text);
    expect(out).toContain("[redacted]");
    expect(out).not.toMatch(/canary/i);
  });
});

describe("the rest stays", () => {
  test.each([
    "a.c:9:3: error: use of undeclared identifier 'password'",
    "checking for token... yes",
    "token: identifier",
    "passwd.c:12: warning: unused variable 'secret'",
    "CFLAGS=-O2 SECRET_DIR=$(PREFIX)/x",
    "https://example.org:8080/path?q=1",
    "===>  Building for py311-keyring-24.0",
    "undefined reference to `gcry_sk_decrypt'",
    "SHA256 (a.tgz) = 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  ])("%s", (line) => {
    expect(redact(line)).toBe(line);
  });

  test("redacting twice changes nothing more", () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom("password=", "https://a:", "Bearer "), (text, lead) => {
        const once = redact(lead + text);
        expect(redact(once)).toBe(once);
      }),
    );
  });
});
