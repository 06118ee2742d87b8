import { z } from "zod";
import { composedOf, overlayOf, upstreamOf } from "./paths.ts";
import { defineTool, done, refuse } from "./types.ts";

export const envVerify = defineTool({
  name: "env_verify",
  description: "Check that trees, port and make are in order here.",
  effect: "read",
  schema: z.strictObject({}),
  async run(_args, context) {
    const { environment, origin } = context;
    const exists = async (path: string) => (await environment.files.stat(path)) !== null;
    const upstream = await exists(upstreamOf(origin));
    const overlay = await exists(overlayOf(origin));
    const facts = {
      origin,
      flavor: context.flavor,
      target: environment.target,
      kind: environment.kind,
      builder: context.builder.name,
      commits: environment.commits,
      upstream: upstream ? upstreamOf(origin) : null,
      overlay: overlay ? overlayOf(origin) : null,
      composed: (await exists(composedOf(origin))) ? composedOf(origin) : null,
    };
    if (!upstream && !overlay) return refuse(`no tree holds ${origin}: it cannot be repaired here`, facts);
    const values = await context.queryPort(environment, origin, context.flavor, ["PKGNAME"]);
    if (!values.PKGNAME) return refuse("make cannot read the port: PKGNAME is empty", facts);
    return done({ ...facts, pkgname: values.PKGNAME });
  },
});
