import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Zippable, zipSync } from "fflate";
import { bundle } from "./build.ts";

const root = fileURLToPath(new URL(".", import.meta.url));
/** The same inputs give the same bytes: no clock in the archive. 1980 is the oldest date that a zip can say. */
const mtime = new Date(1980, 0, 1);
const contentTypes = {
  cjs: "application/javascript",
  css: "text/css",
  js: "application/javascript",
  json: "application/json",
  md: "text/markdown",
  svg: "image/svg+xml",
  txt: "text/plain",
  vsixmanifest: "text/xml",
};

interface Manifest extends Record<string, unknown> {
  name: string;
  displayName: string;
  version: string;
  publisher: string;
  engines: { vscode: string };
  categories: string[];
  keywords: string[];
  extensionKind: string[];
  main: string;
}

/** Packs what `bundle` made in a folder into a .vsix: a zip with the gallery's manifest beside the folder `extension/`. */
export async function pack(output: string, built = join(root, "dist")): Promise<number> {
  const manifest: Manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const texts: Record<string, string> = JSON.parse(await readFile(join(root, "package.nls.json"), "utf8"));
  const { devDependencies, scripts, private: _, type, ...published } = manifest;
  const files: Zippable = {
    "extension.vsixmanifest": bytes(galleryManifest(manifest, texts.description ?? "")),
    "[Content_Types].xml": bytes(typesXml()),
    "extension/package.json": bytes(`${JSON.stringify(published, null, 2)}\n`),
    "extension/package.nls.json": await readFile(join(root, "package.nls.json")),
    "extension/ports-makefile.language.json": await readFile(join(root, "ports-makefile.language.json")),
    "extension/readme.md": await readFile(join(root, "README.md")),
    "extension/LICENSE.txt": await readFile(join(root, "../LICENSE")),
  };
  const folders = [
    ["dist", built],
    ["media", join(root, "media")],
    ["syntaxes", join(root, "syntaxes")],
  ] as const;
  for (const [name, folder] of folders)
    for (const path of await filesBelow(folder))
      files[`extension/${name}/${relative(folder, path).replaceAll("\\", "/")}`] = await readFile(path);
  return writeArchive(output, files);
}

/** Bytes written. */
export async function writeArchive(output: string, files: Zippable): Promise<number> {
  const archive = zipSync(files, { level: 9, mtime });
  await mkdir(dirname(output), { recursive: true });
  await writeFile(output, archive);
  return archive.length;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The package manifest that the editor's gallery and installer read (schema vsx 2011). */
function galleryManifest(manifest: Manifest, description: string): string {
  const { name, displayName, version, publisher, engines, categories, keywords, extensionKind } = manifest;

  return `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="${xml(name)}" Version="${xml(version)}" Publisher="${xml(publisher)}"/>
    <DisplayName>${xml(displayName)}</DisplayName>
    <Description xml:space="preserve">${xml(description)}</Description>
    <Tags>${xml(keywords.join(","))}</Tags>
    <Categories>${xml(categories.join(","))}</Categories>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value="${xml(engines.vscode)}"/>
      <Property Id="Microsoft.VisualStudio.Code.ExtensionKind" Value="${xml(extensionKind.join(","))}"/>
    </Properties>
    <License>extension/LICENSE.txt</License>
  </Metadata>
  <Installation>
    <InstallationTarget Id="Microsoft.VisualStudio.Code"/>
  </Installation>
  <Dependencies/>
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/readme.md" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.License" Path="extension/LICENSE.txt" Addressable="true"/>
  </Assets>
</PackageManifest>
`;
}

function typesXml(): string {
  const types = Object.entries(contentTypes).map(
    ([extension, type]) => `<Default Extension=".${extension}" ContentType="${type}"/>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${types.join("")}</Types>
`;
}

function xml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

if (import.meta.main) {
  const output = process.argv[2] ?? join(root, "portwright.vsix");
  await bundle();
  console.log(`${output}: ${await pack(output)} bytes`);
}
