export * from "./entities/base.ts";
export * from "./entities/cases.ts";
export * from "./entities/delivery.ts";
export * from "./entities/environments.ts";
export * from "./entities/evidence.ts";
export * from "./entities/live.ts";
export * from "./entities/runs.ts";
export * from "./entities/work.ts";
