import { expect, it } from "vitest";
import { sessionHtml } from "../../../../extension/src/session/html.ts";

const page = sessionHtml({
  language: "en",
  cspSource: "https://assets",
  nonce: "abc",
  scriptUri: "https://assets/session.js",
  styleUri: "https://assets/session.css",
  strings: { quote: `"><script>alert(1)</script>` },
});

it("lets one script and one style in, and nothing else", () => {
  expect(page).toContain("default-src 'none'; style-src https://assets; script-src 'nonce-abc'");
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page.match(/<link/g)).toHaveLength(1);
  expect(page).not.toMatch(/unsafe/);
});

it("carries texts as an attribute from which nothing escapes", () => {
  const [, attribute = ""] = /data-strings="([^"]*)"/.exec(page) ?? [];
  const decoded = attribute.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
  expect(JSON.parse(decoded)).toEqual({ quote: `"><script>alert(1)</script>` });
});
