import { z } from "zod";
import { composeOrigin } from "./materialize.ts";
import { defineTool, done, refuse } from "./types.ts";

const VARIABLE = /^[A-Z_][A-Z0-9_]{0,63}$/;

export const portQuery = defineTool({
  name: "port_query",
  description: "Values of make variables of the composed port (make -V), e.g. USES, WRKSRC, BUILD_DEPENDS.",
  effect: "read",
  schema: z.strictObject({ variables: z.array(z.string()).min(1).max(20) }),
  async run({ variables }, context) {
    const bad = variables.filter((name) => !VARIABLE.test(name));
    if (bad.length > 0) return refuse(`not names of make variables: ${bad.join(", ")}`);
    const composed = await composeOrigin(context);
    if (!composed.ok) return composed;
    const values = await context.queryPort(context.environment, context.origin, context.flavor, variables);
    return done({}, variables.map((name) => `${name}=${values[name] ?? ""}`).join("\n"));
  },
});
