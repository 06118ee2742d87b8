import type { Policy } from "../../policy/load.ts";
import type { Briefing } from "../../protocol/index.ts";
import { operatorRule } from "../loop/operator.ts";
import type { AttemptRequest } from "../types.ts";
import { assemble } from "./assemble.ts";
import { sectionsOf } from "./sections.ts";

/** Makes the message that opens an attempt; `present` makes a text fit to leave for a model. */
export type Brief = (
  request: AttemptRequest,
  nonce: string,
  present: (text: string) => string,
) => Promise<{ text: string; briefing: Briefing }>;

/**
 * The message as the policy cuts it, with its record. Texts are made presentable before they are cut: what is cut
 * afterwards can neither leave half a secret nor grow beyond its budget.
 */
export function briefBy(policy: Pick<Policy, "file" | "playbooks">): Brief {
  return async (request, nonce, present) => {
    const sections = (await sectionsOf(request, policy)).map((section) => ({
      ...section,
      pieces: section.pieces.map(({ name, text }) => ({ name, text: present(text) })),
    }));
    const limits = policy.file.briefing;
    const { text, sections: told } = assemble(sections, limits, nonce, operatorRule(nonce));
    const content = Buffer.from(text);
    const sha256 = await request.blobs.put(content);
    return { text, briefing: { sha256, bytes: content.length, limit: limits.bytes, sections: told } };
  };
}
