import { z } from "zod";

/** Milliseconds since the epoch. */
export const Time = z.int().nonnegative();
/** Lower-case hex SHA-256 of a blob's uncompressed content; the only handle by which content is read. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
