import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const inEditor = "test/e2e/vscode/**/*.test.ts";

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Its own second is no time on a busy machine.
    expect: { poll: { timeout: 50_000 } },
    // Tests wait for their processes a third of the time.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: [
      {
        extends: true,
        test: { name: "parts", include: ["test/{unit,integration,e2e}/**/*.test.ts"], exclude: [inEditor] },
      },
      {
        extends: true,
        // A browser, an editor and a builder are enough for a machine of two processors.
        test: { name: "editor", include: [inEditor], maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
