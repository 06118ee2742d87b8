import type { ResultKind } from "../../protocol/index.ts";
import { localFiles } from "./files.ts";
import { parsePoudriereData, parsePoudriereList, poudriereLists } from "./poudriere.ts";
import { portKey, type ReportedResult } from "./types.ts";

/** Longest list or JSON that is read. */
const largestList = 64 << 20;

/** What a poudriere build's folder says of its ports, by `portKey`: its JSON first, its lists for what that lacks. */
export async function poudriereResults(folder: string): Promise<Map<string, ReportedResult>> {
  const data = await localFiles.read(`${folder}/.data.json`, 0, largestList);
  const said = parsePoudriereData(data?.toString("utf8") ?? "") ?? [];
  for (const kind of Object.keys(poudriereLists) as ResultKind[]) {
    const text = await localFiles.read(`${folder}/${poudriereLists[kind]}`, 0, largestList);
    said.push(...parsePoudriereList(kind, text?.toString("utf8") ?? ""));
  }
  const results = new Map<string, ReportedResult>();
  for (const result of said) {
    const key = portKey(result.origin, result.flavor);
    if (!results.has(key)) results.set(key, result);
  }
  return results;
}
