import { expect, test } from "vitest";
import { Channel } from "../../../server/src/language/channel.ts";
import { createDesk } from "./sample.ts";

test("a channel that is flooded faster than it can answer ends, and says why", () => {
  using desk = createDesk();
  const reasons: string[] = [];
  using channel = new Channel({
    knowledge: desk.knowledge,
    send: async () => {},
    end: (reason) => reasons.push(reason),
    onError: () => {},
  });
  // All in one turn of the event loop: nothing is dealt with meanwhile.
  for (let id = 0; id < 4000; id += 1) channel.receive({ jsonrpc: "2.0", id, method: "shutdown" }, 50);
  expect(reasons).toEqual([]);
  channel.receive({ jsonrpc: "2.0", id: 4000, method: "shutdown" }, 50);
  expect(reasons).toEqual(["more messages came than could be dealt with"]);
});
