/** bwrap in containers as runc and podman make them by default: few capabilities, parts of /proc covered. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { BWRAPS } from "../support/bwraps.ts";
import { requiresBox, startBox } from "../support/engines.ts";
import { USER_ID } from "../support/nido.ts";

const OPTIONS = ["--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev", "--tmpfs", "/tmp"];
const PROGRAM = ["sh", "-c", ": >/tmp/file; echo $$; exit 7"];
const EXPLAINED = ["sh", "-c", 'NIDO_EXPLAIN=1 exec /bwrap "$@"', "bwrap"];

for (const engine of ["runc", "podman"] as const) {
  const skip = await requiresBox(engine, { userNamespaces: true });
  for (const { kind, put } of BWRAPS) {
    Deno.test(
      `${kind} works in a container of ${engine}, where bubblewrap does`,
      skip,
      async () => {
        await using box = await startBox(engine);
        Deno.copyFileSync(put(box.folder), `${box.folder}/root/bwrap`);
        const bwrap = (uid: number, ...more: readonly string[]) =>
          box.exec(uid, [...EXPLAINED, ...OPTIONS, ...more, ...PROGRAM]);

        const { code, stdout, stderr } = await bwrap(USER_ID);
        assertEquals([code, stdout, stderr], [7, "2\n", ""]);

        const withProc = await bwrap(USER_ID, "--proc", "/proc");
        assertEquals(withProc.code, 1);
        assertStringIncludes(
          withProc.stderr,
          "bwrap: Can't mount proc on /proc: Operation not permitted\n",
        );
        assertStringIncludes(withProc.stderr, "why:  parts of /proc are covered by other mounts");

        const asRoot = await bwrap(0);
        if (engine === "podman") return assertEquals([asRoot.code, asRoot.stdout], [7, "2\n"]);
        assertEquals(asRoot.code, 1);
        assertStringIncludes(asRoot.stderr, "bwrap: setting up uid map: Operation not permitted\n");
        assertStringIncludes(asRoot.stderr, "needs CAP_SETFCAP outside (since Linux 5.12)");
      },
    );
  }
}
