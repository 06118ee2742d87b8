import { describe, expect, it } from "vitest";
import type { Briefing } from "../../../server/src/protocol/index.ts";
import { sessionLines } from "../../../server/src/protocol/sessionLines.ts";
import type { SessionRecord } from "../../../server/src/sessionPage/page.ts";
import { sessionPage } from "../../../server/src/sessionPage/page.ts";
import { strings } from "../../../server/src/sessionPage/strings.ts";
import { sampleProof } from "../../fixtures/states/entities.ts";
import { sampleAttempt, sampleCase, sampleTurn } from "../extension/samples.ts";
import { busyTurn, sampleApproval, sampleSteering } from "../webview/sessions.ts";

const hostile = `<script>alert(1)</script> <img src=x onerror=alert(1)> [go](javascript:alert(1)) "'><b>`;

function record(changes: Partial<SessionRecord> = {}): SessionRecord {
  return {
    case: sampleCase(),
    attempt: sampleAttempt({ outcome: "gave-up", endedAt: 9, costMicros: 4200, summary: "It is **gone**." }),
    turns: [busyTurn(1, 2, 10), sampleTurn(2, { text: "Done.", at: 5 })],
    steerings: [sampleSteering({ state: "delivered", turn: 2, at: 3 }), sampleSteering({ id: "s2", at: 9 })],
    approvals: [],
    proof: null,
    unit: "USD",
    ...changes,
  };
}
const page = (given: SessionRecord): string => sessionPage(given, strings, "en");
const textOf = (from: string): string =>
  from
    .replace(/<style>.*<\/style>/s, "")
    .replace(/<[^>]*>/g, "")
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

describe("the page of a session", () => {
  it("tells all of it in its order: turns, what a person said, closing words", () => {
    const text = textOf(page(record()));
    const places = [
      "devel/foo: Attempt 1",
      "0.0042 USD",
      "Turn 1",
      "look at files/",
      "Turn 2",
      "It is gone.",
    ];
    const found = places.map((place) => text.indexOf(place));
    expect(found).not.toContain(-1);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
  });

  it("tells how the environments of its proof were kept apart, on another host too", () => {
    const proof = sampleProof({ environment: "ssh", farKind: "bwrap", reason: "as it was said" });
    expect(textOf(page(record({ proof })))).toMatch(/proved · bsd-make · ssh \(bwrap\)\s+as it was said/);
  });

  it("shows a call that was left to a person where it was asked, and one whose turn is not over", () => {
    const approvals = [
      sampleApproval({ turn: 1, tool: "extract", state: "rejected", who: "bob", text: "not that one" }),
      sampleApproval({ id: "p2", turn: 3, tool: "build" }),
    ];
    const text = textOf(page(record({ approvals })));
    const places = [
      ...["Turn 1", "bob rejected it", "extract", "not that one", "Turn 2"],
      ...["The agent asks for your consent", "It is gone."],
    ];
    const found = places.map((place) => text.indexOf(place));
    expect(found).not.toContain(-1);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
  });

  it("tells what the attempt was told first, playbooks by name, and what found no room", () => {
    const briefing: Briefing = {
      ...{ sha256: "a".repeat(64), bytes: 900, limit: 1000 },
      sections: [
        { name: "triage", bytes: 100, told: 100, shown: ["all"], left: [] },
        { name: "playbooks", bytes: 700, told: 400, shown: ["linking"], left: ["rust"] },
        { name: "upstream", bytes: 300, told: 0, shown: [], left: ["Makefile"] },
      ],
    };
    const text = textOf(page(record({ attempt: sampleAttempt({ briefing }) })));
    expect(text).toContain("Told first: 900 of 1,000 bytes");
    expect(text).toContain("Playbooks 400 of 700 bytes · linking · without rust");
    expect(text).toContain("Files of the upstream port left out: no room for its 300 bytes");
  });

  it("stays inert whatever a model wrote", () => {
    const call = { id: "c", name: hostile, arguments: hostile, result: hostile, ok: false, durationMs: 1 };
    const turn = sampleTurn(1, {
      ...{ text: hostile, reasoning: hostile },
      calls: [
        { ...call, spill: null },
        { ...call, id: "d", arguments: JSON.stringify({ a: hostile }), spill: null },
      ],
    });
    const made = page(
      record({
        case: sampleCase({ target: hostile }),
        turns: [turn],
        steerings: [sampleSteering({ text: hostile, who: hostile })],
        approvals: [
          sampleApproval({ turn: 1, arguments: hostile, state: "approved", who: hostile, text: hostile }),
        ],
        attempt: sampleAttempt({ model: hostile, summary: hostile }),
      }),
    );
    const tags = [...made.matchAll(/<\/?([a-z][a-z0-9]*)([^>]*)>/g)];
    const allowed =
      "html head meta title style body h1 h2 p div small details summary code pre blockquote strong ul";
    for (const [, tag] of tags) expect(allowed.split(" ")).toContain(tag);
    for (const [, tag, attributes] of tags)
      if (tag !== "meta" && tag !== "html") expect(["", ' class="quiet"']).toContain(attributes);
    expect(textOf(made).split("<script>alert(1)</script>").length).toBeGreaterThan(8);
    expect(made).toContain("default-src 'none'");
  });
});

it("JSON lines name their kind, in the order in which it came", () => {
  const lines = sessionLines(record()).trimEnd().split("\n");
  const parsed = lines.map((line) => JSON.parse(line));
  expect(parsed.map(({ type, number, id }) => [type, type === "turn" ? number : id])).toEqual([
    ["case", "c1"],
    ["attempt", "a1"],
    ["turn", 1],
    ["steering", "s1"],
    ["turn", 2],
    ["steering", "s2"],
  ]);
  expect(parsed[2].calls).toHaveLength(2);
});
