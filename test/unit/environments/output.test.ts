import fc from "fast-check";
import { expect, it } from "vitest";
import { BoundedOutput } from "../../../server/src/environments/output.ts";

it("keeps everything within the limit, else exactly head and tail", () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 60 });
  fc.assert(
    fc.property(chunks, fc.integer({ min: 1, max: 400 }), (parts, limit) => {
      const output = new BoundedOutput(limit);
      for (const part of parts) output.push(part);
      const all = Buffer.concat(parts);
      const result = output.finish();
      expect(result.truncated).toBe(all.length > limit);
      const head = all.subarray(0, Math.ceil(limit / 2));
      const tail = all.subarray(Math.max(head.length, all.length - Math.floor(limit / 2)));
      const notice = Buffer.from(result.truncated ? `\n[... ${all.length - limit} bytes cut ...]\n` : "");
      expect(result.output.toString("hex")).toBe(Buffer.concat([head, notice, tail]).toString("hex"));
    }),
  );
});
