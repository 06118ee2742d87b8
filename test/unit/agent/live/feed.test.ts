import { expect, test } from "vitest";
import { LiveFeed } from "../../../../server/src/agent/live/feed.ts";
import type { LiveTeller } from "../../../../server/src/agent/live/teller.ts";
import { redact } from "../../../../server/src/evidence/redact.ts";
import type { LiveChange, SessionLive } from "../../../../server/src/protocol/index.ts";
import { reduceLive } from "../../../../server/src/protocol/live.ts";

const secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

function begin() {
  const feed = new LiveFeed({ redact, now: () => 7 });
  const teller = feed.begin("case-1", "attempt-1");
  return { feed, teller, live: () => feed.of("case-1") as SessionLive };
}

/** Reproducible numbers from 0 to 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const pieces = [
  "one ",
  "wo",
  "rd, ",
  "x".repeat(9000),
  "\n",
  "\u001b[31mred\u001b[0m ",
  "\u00e9",
  ` ${secret} `,
];

/** Something that an attempt does, in no order that makes sense. */
function act(teller: LiveTeller, next: () => number): void {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)] as T;
  const number = 1 + Math.floor(next() * 5);
  const acts = [
    () => teller.turn(number),
    () => teller.delta({ text: pick(pieces), reasoning: pick(pieces) }),
    () => teller.delta({ text: pick(pieces), reasoning: "" }),
    () => teller.again(),
    () => teller.call({ id: `call-${number}`, name: "build", arguments: '{"a":1}' }),
    () => teller.called(`call-${number}`, next() > 0.5, 5),
    () => teller.build(number),
    () => teller.phase(pick(["fetch", "build"])),
    () => teller.output(Buffer.from(`${pick(pieces)}\n`.repeat(number))),
    () => teller.paused(next() > 0.5),
  ];
  pick(acts)();
}

test("whoever begins to look sees, from then on, what those see who looked all the time", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const next = numbers(seed);
    const { feed, teller, live } = begin();
    const followers: { seen: SessionLive }[] = [];
    for (let step = 0; step < 80; step += 1) {
      if (step % 8 === 0) {
        const follower = { seen: live() };
        followers.push(follower);
        feed.follow("case-1", (change) => {
          if (change !== null) follower.seen = reduceLive(follower.seen, change);
        });
      }
      act(teller, next);
    }
    for (const { seen } of followers) expect(seen).toEqual(live());
    expect(JSON.stringify(live())).not.toContain(secret);
  }
});

test("a secret, an escape and a word are never shown in halves", () => {
  const { feed, teller, live } = begin();
  const said: string[] = [];
  feed.follow("case-1", (change: LiveChange | null) => {
    if (change?.type === "text") said.push(change.text);
  });
  for (const piece of [
    "The key is ",
    secret.slice(0, 9),
    secret.slice(9),
    " \u001b[3",
    "1mred",
    "\u001b[0m. ",
  ])
    teller.delta({ text: piece, reasoning: "" });
  teller.delta({ text: "password=hun", reasoning: "" });
  teller.delta({ text: "ter2hunter2\nnext", reasoning: "" });
  expect(live().text).toBe("The key is [redacted] red. password=[redacted]\n");
  teller.call({ id: "a", name: "fin\u202eish", arguments: `{"token":"${secret}"}` });
  expect(live().text.endsWith("\nnext")).toBe(true);
  expect(live().calls[0]).toMatchObject({ name: "finish", arguments: '{"token":"[redacted]"}' });
  expect(said.every((text) => !text.includes("ghp") && !text.includes("hun"))).toBe(true);
});

test("words without spaces, and a line without an end, are shown all the same", () => {
  const { teller, live } = begin();
  teller.delta({ text: "\u4fee\u6b63\u3057\u305f", reasoning: "" });
  expect(live().text).toBe("\u4fee\u6b63\u3057\u305f");
  teller.turn(2);
  teller.delta({ text: "a".repeat(2100), reasoning: "" });
  expect(live().text).toHaveLength(2100);
});

test("an answer that is asked for once more begins anew", () => {
  const { teller, live } = begin();
  teller.turn(3);
  teller.delta({ text: "half an ans", reasoning: "hm " });
  teller.again();
  teller.delta({ text: "whole. ", reasoning: "" });
  expect(live()).toMatchObject({ turn: 3, text: "whole. ", reasoning: "" });
});

test("of a log that is written faster than it is read the newest lines are shown, and how many were left out", () => {
  const { feed, teller, live } = begin();
  const left: number[] = [];
  feed.follow("case-1", (change) => {
    if (change?.type === "log") left.push(change.left);
  });
  teller.build(1);
  const lines = Array.from({ length: 5000 }, (_, index) => `cc -c file${index}.c`);
  const log = Buffer.from(`${lines.join("\n")}\nunfin`);
  for (let at = 0; at < log.length; at += 1000) teller.output(log.subarray(at, at + 1000));
  teller.output(Buffer.from(`ished\r\n 1%\r 99%\r\nAuthorization: Bearer ${secret}\n${"y".repeat(9000)}\n`));
  teller.phase("install");
  expect(live().log.slice(0, 2)).toEqual([lines.at(-196), lines.at(-195)]);
  expect(live().log.slice(-4)).toEqual([
    ...["unfinished", " 99%", "Authorization: Bearer [redacted]", "y".repeat(500)],
  ]);
  expect(left).toEqual([4804]);
  teller.output(Buffer.from("of the build before"));
  teller.build(2);
  teller.output(Buffer.from("new\n"));
  teller.phase("fetch");
  expect(live()).toMatchObject({ build: 2, log: ["new"], phases: [{ phase: "fetch", at: 7 }] });
});

test("an attempt that has ended shows nothing, and says nothing into the next one", () => {
  const { feed, teller } = begin();
  const heard: (LiveChange | null)[] = [];
  feed.follow("case-1", (change) => heard.push(change));
  using next = feed.begin("case-1", "attempt-2");
  teller.turn(9);
  teller[Symbol.dispose]();
  expect(feed.of("case-1")).toMatchObject({ attemptId: "attempt-2", turn: 0 });
  next[Symbol.dispose]();
  expect(feed.of("case-1")).toBeNull();
  expect(heard).toEqual([null, null]);
});
