import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { sampleStory } from "../../fixtures/states/entities.ts";

/** Keeps one content and one story in the state of the folder given. */
const store = openStore({ dir: process.argv[2] ?? "", now: () => 1 });
process.stdout.write(await store.blobs.put(Buffer.from("kept")));
process.stderr.write("story begins\n");
store.append(sampleStory());
process.stderr.write("story ends\n");
store.close();
