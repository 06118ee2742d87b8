import type { Database } from "better-sqlite3";
import { PortwrightError } from "../../protocol/index.ts";
import { published } from "./migrations.ts";

/** The schema that this Portwright writes. */
export const newestSchema = published.length;

/**
 * Brings a database file to the newest schema, one transaction a version, so that a crash leaves a whole older one.
 * Throws PortwrightError version for a file that a newer Portwright wrote, and leaves it as it is.
 */
export function migrate(db: Database, migrations: readonly string[] = published): void {
  const version = db.pragma("user_version", { simple: true }) as number;
  if (version > migrations.length) {
    throw new PortwrightError(
      "version",
      `${db.name} has schema ${version} and was written by a newer Portwright; this one knows schemas up to ` +
        `${migrations.length}. Install that version again, or start with another state folder.`,
    );
  }
  for (const [offset, sql] of migrations.slice(version).entries()) {
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${version + offset + 1}`);
    }).immediate();
  }
}
