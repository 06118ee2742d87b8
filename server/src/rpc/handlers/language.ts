import type { Handlers } from "../context.ts";

export const languageHandlers: Pick<Handlers, "language/open" | "language/close"> = {
  async "language/open"(_params, { language }) {
    return { channel: language.open() };
  },

  async "language/close"({ channel }, { language }) {
    language.close(channel);
    return {};
  },
};
