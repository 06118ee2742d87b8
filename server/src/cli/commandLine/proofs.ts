import type { Command } from "commander";
import { type Lazily, targetOption } from "./options.ts";

export function addProofCommands(program: Command, lazily: Lazily): void {
  const group = program
    .command("proof")
    .description("the record that a fix builds; PROOF is its id, or a case for the one that it shows");
  const add = (name: string, description: string): Command =>
    group.command(name).description(description).addOption(targetOption());
  const commands = () => import("../commands/proof.ts");
  add("show <proof>", "what it rests on").action(lazily(async () => (await commands()).show));
  add("verify <proof>", "compute every hash of it anew from what is stored, and name what differs")
    .option("--rebuild", "make it once more, from the same commits, and compare")
    .action(lazily(async () => (await commands()).verify));
  add("export <proof> <folder>", "write a folder that a stranger can check with sha256sum and git").action(
    lazily(async () => (await commands()).exportProof),
  );
}
