import * as vscode from "vscode";
import type { Builders } from "../builders/builders.ts";
import type { Connection } from "../connection/connection.ts";
import { ConnectionLostError, ServerError } from "../connection/errors.ts";
import { documentScheme } from "../contributions.ts";
import { DocumentError } from "./artifact.ts";
import { documentStat, readDocument, readFolder } from "./content.ts";
import { type DocumentReference, documentAddress, parseDocumentAddress } from "./reference.ts";

/** A restored editor asks before the connection stands. */
const connectMs = 20_000;

/** A document of the builder of that name. */
export function documentUri(builder: string, reference: DocumentReference): vscode.Uri {
  return vscode.Uri.from({ scheme: documentScheme, authority: builder, ...documentAddress(reference) });
}

/** The server's documents as read-only files. */
export class DocumentFileSystem implements vscode.FileSystemProvider {
  readonly #builders: Builders;
  readonly #changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changes.event;

  constructor(builders: Builders) {
    this.#builders = builders;
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { type, bytes: size } = await this.#read(uri, documentStat);
    const { File, Directory } = vscode.FileType;
    const permissions = vscode.FilePermission.Readonly;
    return { type: type === "file" ? File : Directory, ctime: 0, mtime: 0, size, permissions };
  }

  readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.#read(uri, readDocument);
  }

  async #read<T>(uri: vscode.Uri, read: (call: Connection["call"], of: DocumentReference) => Promise<T>) {
    const reference = parseDocumentAddress(uri);
    const connection = this.#builders.get(uri.authority)?.connection;
    if (!reference || !connection) throw vscode.FileSystemError.FileNotFound(uri);
    try {
      await connection.whenConnected(AbortSignal.timeout(connectMs));
      return await read(connection.call, reference);
    } catch (error) {
      if (error instanceof ServerError && error.kind === "notFound")
        throw vscode.FileSystemError.FileNotFound(error.message);
      if (error instanceof DocumentError && error.absent)
        throw vscode.FileSystemError.FileNotFound(error.message);
      if (
        error instanceof ServerError ||
        error instanceof ConnectionLostError ||
        error instanceof DocumentError
      )
        throw vscode.FileSystemError.Unavailable(error.message);
      throw error;
    }
  }

  /** Content is found by its hash, or shown as it was when it was opened: nothing to watch. */
  watch(): vscode.Disposable {
    return new vscode.Disposable(() => {});
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    const { File, Directory } = vscode.FileType;
    const names = await this.#read(uri, readFolder);
    return names.map((name) => (name.endsWith("/") ? [name.slice(0, -1), Directory] : [name, File]));
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
}
