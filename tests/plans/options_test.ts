// Options that a plan reads when it runs: as getopt() of the command line reads them, on both architectures.

import { assertEquals } from "@std/assert";
import { getopt, UsageError } from "../../cli/getopt.ts";
import { OPTIONS as NSENTER } from "../../cli/nsenter/options.ts";
import { OPTIONS as UNSHARE } from "../../cli/unshare/options.ts";
import { decode } from "../../ffi/bytes.ts";
import { verify } from "../../engine/verify.ts";
import { optionSteps } from "../../launch/request/getopt.ts";
import { Trial } from "../engine/trial.ts";
import { ARCHS, runImage, runs, withImage } from "../machine/run_image.ts";

const TABLES = { unshare: UNSHARE, nsenter: NSENTER };

/** A program that writes a line for each of its options, and for each operand. */
function reader(name: keyof typeof TABLES): Trial {
  const s = new Trial();
  const at = s.variable("words", s.stack.plus(16));
  const write = (text: ReturnType<Trial["variable"]> | string): void => {
    const start = s.variable("text", text);
    s.call("write", [1, start, start.seek(0).minus(start)], "tell", { fails: "ignored" });
  };
  const read = optionSteps(s, { name, options: TABLES[name] }, at, {
    given(form, value) {
      write(TABLES[name][form]!.long);
      s.if(value.isNot(0), () => {
        write("=");
        write(value);
      });
      write("\0\n".slice(1));
    },
    wrong: (failure) => s.fail(failure),
  });
  read();
  s.while(at.word().isNot(0), () => {
    write("operand ");
    write(s.variable("operand", at.word()));
    write("\n");
    at.advance(8);
  });
  return s;
}

/** What getopt() says of the same words. */
function expected(name: keyof typeof TABLES, words: readonly string[]): string {
  try {
    const { given, operands } = getopt(TABLES[name], words);
    return [
      ...given.map(({ long, value }) => value === undefined ? long : `${long}=${value}`),
      ...operands.map((word) => `operand ${word}`),
    ].map((line) => `${line}\n`).join("");
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
}

const LINES: readonly string[] = [
  "",
  "ls",
  "-Urpf ls -l",
  "--user --map-root-user --pid --fork --mount-proc ls",
  "--mount=/x --mount-proc=/y -- -z",
  "--mount /x",
  "-m/x",
  "-w/tmp -w /var -R= --root=/a --root /b sh",
  "--ma",
  "--map-roo true",
  "--mou",
  "--mount",
  "--mount-p",
  "--fork=1",
  "--wd",
  "-w",
  "-fw",
  "-fq",
  "--nope",
  "--nope=1",
  "--=x",
  "--  x",
  "-",
  "- -f",
  "-f - -p",
  "-t1 -a -r -w ls",
  "-t 1 -m/proc/1/ns/mnt -n=:4 -r/x -w=/y -W=z -W z",
  "--target=1 --root --root=/ --wd=",
  "--env -e -F",
  "-f --setuid 0 -S0 -S 0 -- --",
];

for (const arch of ARCHS) {
  for (const name of ["unshare", "nsenter"] as const) {
    Deno.test(
      `${arch}: a plan reads the options of ${name} as getopt() does`,
      runs(arch),
      async () => {
        const s = reader(name);
        s.exit(0, "the end");
        const plan = s.finished();
        verify(plan);
        await withImage(plan, arch, async (path) => {
          for (const line of LINES) {
            const words = line === "" ? [] : line.split(" ");
            const { code, stdout, stderr } = await runImage(path, arch, { args: words });
            const said = code === 0
              ? decode(stdout)
              : stderr.split("\n")[0]!.replace(/^test: /, "");
            const wanted = expected(name, words);
            if (code === 0) assertEquals(said, wanted, line);
            else {
              // Which abbreviations are possible, and an option's whole name, getopt() alone says.
              const start = said.replace(/'--[^']*'.*/, "");
              assertEquals(wanted.startsWith(start), true, `${line}: ${said}, not ${wanted}`);
            }
          }
        });
      },
    );
  }
}
