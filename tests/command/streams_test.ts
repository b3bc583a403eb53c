import { assertEquals, assertRejects } from "@std/assert";
import { Command, type CommandOptions } from "../../mod.ts";
import { requires } from "../requires.ts";
import { textOf } from "./helpers.ts";

const INSIDE: CommandOptions = {
  namespaces: ["user", "pid", "mnt"],
  mapRootUser: true,
  mountProc: true,
};

for (const [where, options] of [["outside", {}], ["in namespaces", INSIDE]] as const) {
  Deno.test(
    `a mebibyte goes through a program ${where}`,
    requires({ userNamespaces: true }),
    async () => {
      const sent = crypto.getRandomValues(new Uint8Array(65536));
      const child = new Command("cat", { ...options, stdin: "piped", stdout: "piped" }).spawn();
      const writer = child.stdin.getWriter();
      const writing = (async () => {
        for (let i = 0; i < 16; i++) await writer.write(sent);
        await writer.close();
      })();
      const got = await new Response(child.stdout).bytes();
      await writing;
      assertEquals(got.length, 16 * sent.length);
      for (let i = 0; i < 16; i++) {
        assertEquals(got.subarray(i * sent.length, (i + 1) * sent.length), sent);
      }
      assertEquals((await child.status).code, 0);
    },
  );
}

Deno.test(
  "a program that closes its streams while it runs has closed them for the reader, too",
  requires({ userNamespaces: true }),
  async () => {
    const program: Deno.CommandOptions = {
      args: ["-c", "exec <&- >&- 2>&-; exec sleep 60"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    };
    const broken: unknown[] = [];
    for (
      const child of [
        new Command("sh", { ...INSIDE, ...program }).spawn(),
        new Deno.Command("sh", program).spawn(),
      ]
    ) {
      assertEquals(await new Response(child.stdout).text(), "");
      assertEquals(await new Response(child.stderr).text(), "");
      const writer = child.stdin.getWriter();
      broken.push(await writer.write(new Uint8Array(1)).then(() => "written", String));
      await writer.abort().catch(() => {});
      await child[Symbol.asyncDispose]();
    }
    assertEquals(broken[0], broken[1]);
  },
);

Deno.test("output() of a child gives what its piped streams had", async () => {
  const child = new Command("sh", {
    args: ["-c", "echo o; echo e >&2; exit 3"],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { code, stdout, stderr } = await child.output();
  assertEquals([code, textOf(stdout), textOf(stderr)], [3, "o\n", "e\n"]);
});

Deno.test("output() of a child whose stream is being read throws a TypeError", async () => {
  const child = new Command("true", { stdout: "piped", stderr: "piped" }).spawn();
  const reader = child.stdout.getReader();
  await assertRejects(() => child.output(), TypeError);
  await reader.cancel();
  await child.stderr.cancel();
  await child.status;
});

Deno.test("inherited streams are this process's", async () => {
  const script = `import { Command } from ${
    JSON.stringify(new URL("../../mod.ts", import.meta.url))
  };
    await new Command("sh", { args: ["-c", "cat; echo e >&2"] }).spawn().status;`;
  const deno = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--no-lock", script],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = deno.stdin.getWriter();
  await writer.write(new TextEncoder().encode("through"));
  await writer.close();
  const { stdout, stderr } = await deno.output();
  assertEquals([textOf(stdout), textOf(stderr)], ["through", "e\n"]);
});
