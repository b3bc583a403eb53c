import { assert, assertEquals } from "@std/assert";
import { requires } from "../requires.ts";

/** With a hundred collections among them. An errno that is read by a second call is wrong after every call elsewhere. */
const CALLS = 300_000;

Deno.test(
  "of 300 000 failing calls none has another's errno, whatever V8 collects",
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
        String(CALLS),
        "100",
      ],
      stdin: "null",
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    assertEquals(code, 0);
    const { here, elsewhere, wrong, collections } = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals([here, elsewhere, wrong], [CALLS, 30_000, 0]);
    assert(collections >= 100, `${collections} collections`);
  },
);
