/** Signals to programs that block them, wait for them, or read them: in a PID namespace of their own as without one. */
import { assertEquals } from "@std/assert";
import { Command, type CommandOptions } from "../../mod.ts";
import { requires } from "../requires.ts";

const INSIDE: CommandOptions = {
  namespaces: ["user", "pid", "mnt"],
  mapRootUser: true,
  mountProc: true,
};

/** Numbers of rt_sigtimedwait(2) and signalfd4(2). */
const [SIGTIMEDWAIT, SIGNALFD] = Deno.build.arch === "x86_64" ? [128, 289] : [137, 74];

/** What begins each program: SIGTERM is blocked, and the reader knows. */
const BLOCK = `use POSIX; $| = 1; $set = pack "Q", 1 << 14;
  sub mask { sigprocmask($_[0], POSIX::SigSet->new(SIGTERM)) } mask(SIG_BLOCK); print "ready\\n";`;

interface Case {
  readonly title: string;
  /** Perl. */
  readonly program: string;
  readonly code: number;
  /** How long after the start the signal comes. */
  readonly after?: number;
}

const CASES: readonly Case[] = [
  {
    title: "a program that blocks a signal for a while dies of it when it does no more",
    program: "select undef, undef, undef, 0.3; mask(SIG_UNBLOCK); sleep 5",
    code: 143,
  },
  {
    title: "a program that blocks a signal again and again dies of it",
    program: "for (1 .. 200) { select undef, undef, undef, 0.02; mask(SIG_UNBLOCK);" +
      "select undef, undef, undef, 0.005; mask(SIG_BLOCK) }",
    code: 143,
  },
  {
    title: "a program that blocks a signal, then gets a handler for it, ends as it likes",
    program: "select undef, undef, undef, 0.2; $SIG{TERM} = sub { exit 7 }; mask(SIG_UNBLOCK);" +
      "sleep 5",
    code: 7,
  },
  {
    title: "a program that blocks a signal, then ignores it, goes on",
    program: "select undef, undef, undef, 0.2; $SIG{TERM} = 'IGNORE'; mask(SIG_UNBLOCK);" +
      "select undef, undef, undef, 0.4; exit 8",
    code: 8,
  },
  {
    title: "a program that waits for a signal ends as it likes",
    program: `syscall ${SIGTIMEDWAIT}, $set, 0, 0, 8; select undef, undef, undef, 0.3; exit 9`,
    code: 9,
    after: 100,
  },
  {
    title: "a program that will wait for a signal ends as it likes",
    program: `select undef, undef, undef, 0.2; syscall ${SIGTIMEDWAIT}, $set, 0, 0, 8;
      select undef, undef, undef, 0.3; exit 9`,
    code: 9,
  },
  {
    title: "a program that reads a signal from a descriptor ends as it likes",
    program: `open F, "+<&=", syscall(${SIGNALFD}, -1, $set, 8, 0); sysread F, $_, 128;
      mask(SIG_UNBLOCK); select undef, undef, undef, 0.4; exit 10`,
    code: 10,
    after: 100,
  },
];

for (const [where, options] of [["", {}], [" in namespaces", INSIDE]] as const) {
  for (const { title, program, code, after = 0 } of CASES) {
    Deno.test(
      title + where,
      requires({ userNamespaces: true, programs: ["perl"] }),
      async () => {
        const args = ["-e", BLOCK + program];
        const child = new Command("perl", { ...options, args, stdout: "piped" }).spawn();
        const reader = child.stdout.getReader();
        await reader.read();
        if (after > 0) await new Promise((resolve) => setTimeout(resolve, after));
        child.kill();
        const { code: ended, signal } = await child.status;
        assertEquals([ended, signal], [code, code === 143 ? "SIGTERM" : null]);
        await reader.cancel();
      },
    );
  }
}
