import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/{unit,integration,e2e}/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Its own second is no time on a busy machine.
    expect: { poll: { timeout: 50_000 } },
    maxWorkers: 2,
  },
});
