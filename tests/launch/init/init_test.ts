// A PID 1 that starts the program, and reaps.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Command } from "../../../mod.ts";
import type { Outcome } from "../../support/nido.ts";
import { requires } from "../../requires.ts";
import { EVERYBODY, inRoot, type Who } from "../root/making.ts";
import { type Asked, problemsIn, PURE } from "../specs.ts";
import { withFolder } from "../../support/folder.ts";

const NEEDS = requires({ userNamespaces: true });
const PROC = { kind: "proc", destination: "/proc" } as const;
const DEV = { kind: "dev", destination: "/dev" } as const;
const PID_1: Asked = { namespaces: ["pid"], init: true, dieWithParent: true };

Deno.test("what cannot be with an init is refused, each with its path", PURE, () => {
  assertEquals(problemsIn({ lockFiles: ["/a"] }), [
    "lockFiles | lockFiles: nobody could hold the locks: needs init: true",
  ]);
  assertEquals(problemsIn({ init: true, lockFiles: ["/a\0"] }), [
    "lockFiles[0] | lockFiles[0]: contains a NUL byte",
  ]);
  assertEquals(problemsIn({ init: true, fork: false }).length, 1);
});

/** Sends a signal to the launcher as soon as a script has said `begin`. */
const signalled = (who: Who, signal: string, script: string, asked: Asked): Promise<Outcome> =>
  withFolder((folder) => {
    const through = [
      ...["sh", "-c"],
      `"$0" & until test -e ${folder}/begun; do sleep 0.05; done; kill -${signal} $!
      wait $!; echo "status $?"`,
    ];
    const bind = { kind: "bind", source: folder, destination: "/f" } as const;
    const whole = `begin() { echo begun; : > /f/begun; }; ${script}`;
    return inRoot([bind], whole, { who, through, asked });
  });

for (const who of EVERYBODY) {
  Deno.test(`as ${who}: the program is PID 2, and PID 1 its parent`, NEEDS, async () => {
    const script = `echo $$ $PPID; set -- /proc/[0-9]*; echo $#; read -r line < /proc/1/stat
      case "$line" in "1 (unshare) "*) echo parent;; *) echo "$line";; esac`;
    const { code, stdout, stderr } = await inRoot([PROC], script, { who, asked: PID_1 });
    assertEquals([code, stdout, stderr], [0, "2 1\n2\nparent\n", ""]);
  });

  Deno.test(
    `as ${who}: PID 1 has no variables, and is looked into from outside`,
    NEEDS,
    () =>
      withFolder(async (folder) => {
        const through = [
          ...["sh", "-c"],
          `SECRET=told "$0" 7> ${folder}/info & until test -e ${folder}/begun; do sleep 0.05; done
        pid=$(tr -dc '0-9 \\n' < ${folder}/info | awk 'NF {print $1; exit}')
        readlink /proc/$pid/ns/pid; : > ${folder}/seen; wait`,
        ];
        const bind = { kind: "bind", source: folder, destination: "/f" } as const;
        const script = `readlink /proc/self/ns/pid > /f/ns
        for i in 1 2 3 4 5 6 7 8 9; do tr -d '\\0' < /proc/1/environ > /f/environ
        test -s /f/environ || break; sleep 0.1; done; cat /f/environ; : > /f/begun
        until test -e /f/seen; do sleep 0.05; done`;
        const { stdout, stderr } = await inRoot([PROC, bind], script, {
          who,
          through,
          asked: { ...PID_1, infoFd: 7 },
        });
        assertEquals([stdout, stderr], [Deno.readTextFileSync(`${folder}/ns`), ""]);
      }),
  );

  Deno.test(`as ${who}: what the program leaves is reaped`, NEEDS, async () => {
    // PID 1 and this shell are the last.
    const script = `for i in 1 2 3 4 5; do (sleep 0.1 & exec true) & done; wait; i=0
      until set -- /proc/[0-9]*; test $# = 2 || test $((i += 1)) = 600; do sleep 0.05; done; echo $#`;
    const { stdout } = await inRoot([PROC], script, { who, asked: PID_1 });
    assertEquals(stdout, "2\n");
  });

  Deno.test(
    `as ${who}: the launch ends as the program, and PID 1 with the last`,
    NEEDS,
    async () => {
      for (
        const [script, exits, code] of [["exit 7", false, 7], ["kill -TERM $$", true, 143]] as const
      ) {
        await withFolder(async (folder) => {
          const launch = `"$0" 7>&1 1>&2; echo "status $?" >&2; : > ${folder}/ended`;
          const bind = { kind: "bind", source: folder, destination: "/f" } as const;
          const left = "(until test -e /f/ended; do sleep 0.05; done; echo last) & ";
          const { stderr } = await inRoot([DEV, bind], left + script, {
            who,
            through: ["sh", "-c", `{ ${launch}; } | { cat; echo end >&2; }`],
            asked: { ...PID_1, dieWithParent: false, exitsAsShell: exits, syncFds: [7] },
          });
          assertEquals(stderr, `status ${code}\nlast\nend\n`);
        });
      }
    },
  );

  Deno.test(`as ${who}: nobody waits for the end of what PID 1 was left`, NEEDS, async () => {
    const start = performance.now();
    const script = (seconds: number) => `sleep ${seconds} >&- 2>&- <&- & echo out`;
    const through = ["sh", "-c", 'exec "$0" 9>&1'];
    const { code, stdout } = await inRoot([DEV], script(5), {
      who,
      through,
      asked: { ...PID_1, dieWithParent: false },
    });
    assertEquals([code, stdout], [0, "out\n"]);
    // The sleeper has descriptor 9.
    assert(performance.now() - start > 4000);
    // Longer than a test may take.
    const left = `exec 9>&-; ${script(1000)}`;
    const closed = await inRoot([DEV], left, { who, through, asked: PID_1 });
    assertEquals([closed.code, closed.stdout], [0, "out\n"]);
  });

  Deno.test(`as ${who}: a program that cannot be run is said, with its status`, NEEDS, async () => {
    const asked = { ...PID_1, program: "/no/such/program" };
    const { code, stderr } = await inRoot([], "", { who, asked });
    assertEquals(code, 127);
    assertStringIncludes(stderr, "/no/such/program");
  });

  Deno.test(`as ${who}: a waiter that is killed takes all with it`, NEEDS, async () => {
    const { stdout } = await signalled(who, "KILL", "begin; sleep 20", PID_1);
    assertEquals(stdout, "begun\nstatus 137\n");
  });

  Deno.test(`as ${who}: SIGTERM ends a waiter that may be interrupted`, NEEDS, async () => {
    const { stdout } = await signalled(who, "TERM", "begin; sleep 20", {
      ...PID_1,
      interruptible: true,
    });
    assertEquals(stdout, "begun\nstatus 143\n");
  });

  Deno.test(`as ${who}: signals are passed on through PID 1`, NEEDS, async () => {
    const script = "trap 'echo got; exit 5' TERM; begin; while :; do sleep 0.1; done";
    const { stdout } = await signalled(who, "TERM", script, { ...PID_1, forwardSignals: true });
    assertEquals(stdout, "begun\ngot\nstatus 5\n");
  });

  Deno.test(
    `as ${who}: PID 1 holds read locks until the last process ends`,
    NEEDS,
    () =>
      withFolder(async (folder) => {
        Deno.writeTextFileSync(`${folder}/lock`, "");
        Deno.chmodSync(`${folder}/lock`, 0o666);
        const bind = { kind: "bind", source: folder, destination: "/f" } as const;
        const count = `cat /proc/locks | grep -c "READ .*:$(stat -c %i ${folder}/lock) "`;
        for (const namespaces of [["pid"], []] as const) {
          const until =
            `i=0; until test "$(${count})" = 0 || test $((i += 1)) = 600; do sleep 0.05; done`;
          const whole = `rm -f ${folder}/go; "$0"; ${count}; : > ${folder}/go; ${until}; ${count}`;
          const left = "(until test -e /f/go; do sleep 0.05; done) & sleep 0.1; exit";
          const { stdout, stderr } = await inRoot([DEV, bind], left, {
            who,
            through: ["sh", "-c", whole],
            asked: { init: true, namespaces, lockFiles: ["/f/lock"] },
          });
          assertEquals([stdout, stderr], [namespaces.length > 0 ? "1\n0\n" : "0\n0\n", ""]);
        }
        const missing = await inRoot([bind], "echo begun", {
          who,
          asked: { ...PID_1, lockFiles: ["/f/none"] },
        });
        assertEquals([missing.code, missing.stdout], [1, ""]);
        assertStringIncludes(missing.stderr, "cannot open the file to lock /f/none: No such file");
      }),
  );
}

Deno.test(
  "a Command with a PID 1 ends with the program, and its signals arrive",
  NEEDS,
  async () => {
    const options = { namespaces: ["pid"], mapRootUser: true, init: true } as const;
    const done = await new Command("sh", { ...options, args: ["-c", "echo $$; exit 6"] }).output();
    assertEquals([done.code, new TextDecoder().decode(done.stdout)], [6, "2\n"]);
    const child = new Command("sh", {
      ...options,
      args: ["-c", "trap 'exit 8' USR1; echo; while :; do sleep 0.05; done"],
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill("SIGUSR1");
    const { code } = await child.status;
    await reader.cancel();
    assertEquals(code, 8);
  },
);
