import { assert, assertEquals } from "@std/assert";
import { requires } from "../requires.ts";

Deno.test(
  "of a million failing calls none has another's errno, whatever V8 collects",
  requires({ userNamespaces: true }),
  async () => {
    const script = decodeURI(new URL("./errno_stress.ts", import.meta.url).pathname);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-config",
        "--no-lock",
        "--no-check",
        "--quiet",
        "--allow-ffi",
        "--v8-flags=--expose-gc",
        script,
        "1000000",
        "100",
      ],
      stdin: "null",
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    assertEquals(code, 0);
    const { here, elsewhere, wrong, collections } = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals([here, elsewhere, wrong], [1_000_000, 30_000, 0]);
    assert(collections >= 100, `${collections} collections`);
  },
);
