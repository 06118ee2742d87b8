import { EnvironmentError } from "../environments/errors.ts";
import { git } from "../environments/git.ts";
import type { ReviewFile, ReviewHunk } from "../protocol/index.ts";
import { applyFileDiff, diffPath, type FileDiff, parseUnifiedDiff } from "../protocol/unifiedDiff.ts";
import type { BlobStore } from "../store/types.ts";

/** Files of one review, and bytes of one file; more is shown as a plain diff. */
const maxFiles = 200;
const maxFileBytes = 4 * 1024 * 1024;

interface ReviewRequest {
  blobs: BlobStore;
  diff: string;
  /** Checkout of DeltaPorts. */
  repository: string;
  /** Commits whose files the diff may be of, likeliest first. */
  commits: readonly string[];
  signal?: AbortSignal | undefined;
}

/**
 * Puts both sides of each file of a diff into the blob store. A side is shown only where the diff fits the original
 * exactly; otherwise `files` is empty and `problem` says what does not fit.
 */
export async function reviewDiff(
  request: ReviewRequest,
): Promise<{ files: ReviewFile[]; problem: string | null }> {
  const diffs = parseUnifiedDiff(request.diff);
  if (diffs === null) return { files: [], problem: "the diff holds more than changes of text files" };
  if (diffs.length > maxFiles) return { files: [], problem: `the diff has more than ${maxFiles} files` };
  const files: ReviewFile[] = [];
  for (const diff of diffs) {
    const path = diffPath(diff);
    const sides = await sidesOf(request, diff);
    if (sides === null) return { files: [], problem: `no known commit holds ${path} as the diff expects it` };
    files.push({
      path,
      status: diff.oldPath === null ? "added" : diff.newPath === null ? "deleted" : "modified",
      original: diff.oldPath === null ? null : await request.blobs.put(Buffer.from(sides.original)),
      patched: diff.newPath === null ? null : await request.blobs.put(Buffer.from(sides.patched)),
      hunks: diff.hunks.map(describeHunk),
    });
  }
  return { files, problem: null };
}

async function sidesOf(
  request: ReviewRequest,
  diff: FileDiff,
): Promise<{ original: string; patched: string } | null> {
  for (const original of await originalsOf(request, diff.oldPath)) {
    const patched = applyFileDiff(original, diff);
    if (patched !== null) return { original, patched };
  }
  return null;
}

async function originalsOf({ repository, commits, signal }: ReviewRequest, path: string | null) {
  if (path === null) return [""];
  const found: string[] = [];
  for (const commit of commits) {
    try {
      const args = ["cat-file", "blob", `${commit}:${path}`];
      found.push(await git(args, { cwd: repository, maxBytes: maxFileBytes, signal }));
    } catch (error) {
      // The commit, or the file in it, is not there, or too large to be read: another one may have it.
      if (!(error instanceof EnvironmentError) || error.reason !== "system") throw error;
    }
  }
  return found;
}

function describeHunk({ oldStart, newStart, lines }: FileDiff["hunks"][number], index: number): ReviewHunk {
  const first = lines.find(({ tag }) => tag !== " ");
  return {
    number: index + 1,
    oldStart,
    oldLines: lines.filter(({ tag }) => tag !== "+").length,
    newStart,
    newLines: lines.filter(({ tag }) => tag !== "-").length,
    text: first ? `${first.tag}${first.text}`.slice(0, 200) : "",
  };
}
