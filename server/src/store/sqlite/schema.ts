import type { Database } from "better-sqlite3";
import { PortwrightError } from "../../protocol/index.ts";
import { published } from "./migrations.ts";

/** The schema that this Portwright writes. */
export const newestSchema = published.length;

/** The schema of a database. Throws PortwrightError version for one that a newer Portwright wrote. */
export function knownSchema(db: Database, newest = newestSchema): number {
  const version = db.pragma("user_version", { simple: true }) as number;
  if (version <= newest) return version;
  throw new PortwrightError(
    "version",
    `${db.name} has schema ${version} and was written by a newer Portwright; this one knows schemas up to ` +
      `${newest}. Install that version again, or start with another state folder.`,
  );
}

/**
 * Brings a database file to the newest schema, one transaction a version, so that a crash leaves a whole older one.
 * Throws PortwrightError version for a file that a newer Portwright wrote, and leaves it as it is.
 */
export function migrate(db: Database, migrations: readonly string[] = published): void {
  const version = knownSchema(db, migrations.length);
  for (const [offset, sql] of migrations.slice(version).entries()) {
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${version + offset + 1}`);
    }).immediate();
  }
}
