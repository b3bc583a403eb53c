/** nido runs its own code, whatever is around it. */
import { assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { NIDO, run } from "../support/nido.ts";

/** Only a compiled nido has its files in itself. */
const BINARY = requires({ binary: true });

// Each is the folder "there" in some reading of it.
const DETOURS: readonly (readonly [tmpdir: string, there: string])[] = [
  ["/there", "/there"],
  ["/no/../there", "/there"],
  ["/ther%65", "/there"],
  ["/there%25", "/there%"],
  ["/there#no", "/there"],
  ["/there?no", "/there"],
  ["\\there", "/there"],
];

for (const [tmpdir, there] of DETOURS) {
  Deno.test(
    `nido runs none of the code that somebody put where TMPDIR=${tmpdir} leads`,
    BINARY,
    async () => {
      const folder = Deno.makeTempDirSync({ prefix: "nido-code-" });
      try {
        const name = NIDO[0]!.replace(/.*\//, "");
        const bundled = `${folder}${there}/deno-compile-${name}/bundled`;
        Deno.mkdirSync(bundled, { recursive: true });
        Deno.writeTextFileSync(`${bundled}/cli.js`, `console.log("not nido"); Deno.exit(66)`);
        const options = { env: { TMPDIR: folder + tmpdir }, cwd: folder };
        const version = await run([...NIDO, "unshare", "--version"], options);
        assertEquals([version.code, version.stderr], [0, ""]);
        assertEquals(version.stdout.split(" ")[0], "unshare");
        const launched = await run([...NIDO, "unshare", "echo", "here"], options);
        assertEquals(launched.stdout, "here\n", launched.stderr);
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  );
}

for (const tmpdir of ["", "relative", "//", "/no/such"]) {
  Deno.test(
    `nido does with TMPDIR=${tmpdir}, as it has no use for it`,
    BINARY,
    async () => {
      const { code, stdout } = await run([...NIDO, "lsns", "--version"], {
        env: { TMPDIR: tmpdir },
      });
      assertEquals([code, stdout.split(" ")[0]], [0, "lsns"]);
    },
  );
}
