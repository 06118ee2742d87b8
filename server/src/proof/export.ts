import { PortwrightError, type Proof } from "../protocol/index.ts";
import type { BlobStore } from "../store/types.ts";
import { exportReadme } from "./exportReadme.ts";
import { partsOf, recordHash, recordText } from "./record.ts";

export interface ExportedFile {
  name: string;
  sha256: string;
  bytes: number;
}

/**
 * What a stranger needs to check a proof without us, as stored contents: the same proof gives the same names and bytes.
 * Throws PortwrightError for a part that is missing or damaged, the record too.
 */
export async function exportProof(blobs: BlobStore, proof: Proof): Promise<ExportedFile[]> {
  if (recordHash(proof) !== (proof.recordSha256 ?? recordHash(proof)))
    throw new PortwrightError(
      "internal",
      `the record of proof ${proof.id} is not as it was made (\`portwright proof verify ${proof.id}\`): put back a copy of the state`,
    );
  const parts = partsOf(proof);
  const files: ExportedFile[] = [];
  for (const { name, sha256 } of parts) {
    files.push({ name, sha256, bytes: await blobs.check(sha256) });
  }
  const add = async (name: string, text: string) => {
    const content = Buffer.from(text);
    files.push({ name, sha256: await blobs.put(content), bytes: content.length });
  };
  await add("record.json", recordText(proof));
  await add("README.md", exportReadme(proof, parts));
  const sums = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  await add("SHA256SUMS", sums.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(""));
  return files;
}
