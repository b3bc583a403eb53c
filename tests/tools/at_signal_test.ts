import { assertEquals } from "@std/assert";

const TOOL = new URL("../../tools/at_signal.ts", import.meta.url).href;

for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  Deno.test(`${signal} ends a tool when all is put away`, async () => {
    const script = `
      import { atSignal } from ${JSON.stringify(TOOL)};
      const folder = Deno.makeTempDirSync({ prefix: "nido-signal-" });
      atSignal(() => Deno.removeSync(folder));
      console.log(folder);
      Deno.kill(Deno.pid, "${signal}");
      await new Promise((go) => setTimeout(go, 60_000));`;
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-config", script],
    }).output();
    assertEquals(code, status);
    const folder = new TextDecoder().decode(stdout).trim();
    assertEquals(folder.includes("/nido-signal-"), true, folder);
    const there = await Deno.stat(folder).then(() => true, () => false);
    assertEquals(there, false);
  });
}
