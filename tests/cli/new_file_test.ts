// Files in a folder of somebody else, who does all that its owner can to lead us elsewhere.

import { assert, assertEquals } from "@std/assert";
import { UsageError } from "../../cli/getopt.ts";
import { writeNewFile } from "../../cli/new_file.ts";
import { AS_USER, start } from "../support/nido.ts";

/** Puts a link to FILE in the place of each new file in a folder, as fast as it can. */
const ATTACKER = `
const [folder, victim] = Deno.args;
console.log("ready");
for (;;) {
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.startsWith(".nido-")) continue;
    try {
      Deno.renameSync(folder + "/" + name, folder + "/moved");
      Deno.symlinkSync(victim, folder + "/" + name);
      console.log("swapped");
    } catch {
      // It has got its name already.
    }
  }
}`;

Deno.test("what is written goes to the new file alone, whoever swaps it meanwhile", async () => {
  const [folder, own] = [Deno.makeTempDirSync(), Deno.makeTempDirSync()];
  const victim = `${own}/precious`;
  Deno.writeTextFileSync(victim, "precious");
  Deno.chmodSync(victim, 0o600);
  Deno.chmodSync(folder, 0o777);
  const script = Deno.makeTempFileSync({ suffix: ".js" });
  Deno.writeTextFileSync(script, ATTACKER);
  Deno.chmodSync(script, 0o644);
  const attacker = start([...AS_USER, Deno.execPath(), "run", "-A", script, folder, victim]);
  try {
    await attacker.until("ready");
    const bytes = new Uint8Array(1 << 20).fill(0x61);
    const until = Date.now() + 3000;
    let swaps = 0;
    while (swaps < 20 && Date.now() < until) {
      try {
        writeNewFile(`${folder}/launch`, bytes, 0o755);
      } catch (error) {
        assert(error instanceof UsageError);
        swaps++;
      }
      const { mode, size } = Deno.statSync(victim);
      assertEquals([mode! & 0o777, size], [0o600, 8]);
    }
    await attacker.until("swapped");
    assertEquals(Deno.readTextFileSync(victim), "precious");
  } finally {
    attacker.signalGroup("SIGKILL");
    await attacker.outcome();
    for (const path of [folder, own, script]) Deno.removeSync(path, { recursive: true });
  }
});
