import { randomUUID } from "node:crypto";
import { ServerConfig } from "../../../../server/src/config/config.ts";
import { createEnvironmentManager } from "../../../../server/src/environments/manager.ts";

/** Updates one environment over and over until it is killed: `node updater.ts CONFIG STATE NAME`. */
const [config = "", stateDir = "", name = ""] = process.argv.slice(2);
const manager = await createEnvironmentManager({
  config: ServerConfig.parse(JSON.parse(config)),
  stateDir,
  now: Date.now,
  newId: randomUUID,
});
process.stdout.write("ready\n");
for (;;) await manager.update(name, { force: true });
