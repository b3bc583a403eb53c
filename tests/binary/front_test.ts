/** The binary's front: what it makes needs no Deno, and Deno starts as without it. */
import { assert, assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import { VERSION } from "../../cli/version.ts";
import { PT_LOAD } from "../../ffi/abi/elf.ts";
import { SYSCALLS } from "../../ffi/abi/syscall.ts";
import { Elf } from "../../tools/elf.ts";
import { MOST_ADDED } from "../../tools/front/flat.ts";
import { exists, type Needs, requires } from "../requires.ts";
import { AS_USER, NIDO, run, shell } from "../support/nido.ts";

const BINARY: Needs = { front: true };

const PRCTL = SYSCALLS.prctl[Deno.build.arch];

const HAS_CGROUP2_MEMORY = exists("/sys/fs/cgroup/memory.stat");
const MEMORY_GROUP = HAS_CGROUP2_MEMORY ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";

/** Surroundings: a script that starts "$@", and what Deno lacks there. */
interface Surroundings {
  readonly name: string;
  readonly script: string;
  readonly lacks?: string;
  readonly needs?: Needs;
  /** Whether Deno is not tried. */
  readonly isFrontAlone?: true;
  /** Whether namespaces can be joined there. Default: where the file is an usual one. */
  readonly joins?: false;
  /** Whether a root of its own can be made there. Default: yes. */
  readonly makesRoots?: false;
  /** Whether that is so only where the program could not change the file: who may goes on as a copy. */
  readonly refusesCopies?: true;
  /** Whether there is no program to run. */
  readonly isEmpty?: true;
}

const SURROUNDINGS: readonly Surroundings[] = [
  { name: "nothing is unusual", script: `exec "$@"` },
  {
    name: "the address space has a limit",
    script: `ulimit -v 200000; exec "$@"`,
    lacks: " GiB of address space (ulimit -v)",
  },
  {
    name: "data have a limit",
    script: `ulimit -d 100000; exec "$@"`,
    lacks: "it needs 560 MiB of data (ulimit -d)",
  },
  {
    name: "four files may be open",
    script: `ulimit -n 4; exec "$@"`,
    lacks: "it needs 13 open files (ulimit -n)",
    makesRoots: false,
  },
  { name: "the stack is small", script: `ulimit -s 256; exec "$@"` },
  // Deno itself overflows such a stack now and then.
  { name: "the stack is tiny", script: `ulimit -s 128; exec "$@"`, isFrontAlone: true },
  // The copy that joins is a file in memory: only CAP_SYS_RESOURCE lifts a hard limit for it.
  {
    name: "no file may be written",
    script: `ulimit -f 0; exec "$@" | cat`,
    joins: false,
    refusesCopies: true,
  },
  { name: "no file may be written as things are", script: `ulimit -Sf 0; exec "$@" | cat` },
  { name: "standard input and error are closed", script: `exec "$@" <&- 2>&-` },
  {
    name: "the current folder was deleted",
    script: `folder=$(mktemp -d); cd $folder; rmdir $folder; exec "$@"`,
    lacks: "the current folder was deleted",
  },
  {
    name: "the file may be executed, but not read",
    script: `chmod 711 "$1"; ${AS_USER.join(" ")} "$@"; status=$?; chmod 755 "$1"; exit $status`,
    lacks: "this user may not read its file, only execute it",
    needs: { root: true },
  },
  {
    name: "there is no other file, no /proc, no /dev",
    script: `exec chroot "$(dirname "$1")" "/$(basename "$1")" "\${@:2}"`,
    isEmpty: true,
    lacks: "/proc is not mounted",
    needs: { root: true },
  },
  {
    name: "there is no loader",
    script: `exec unshare -m sh -c 'for loader in /lib*/ld-linux*; do ` +
      `mount --bind /dev/null "$(readlink -f "$loader")"; done; exec "$@"' sh "$@"`,
    isEmpty: true,
    lacks: "is no dynamic loader",
    needs: { root: true },
  },
  {
    name: "the file was stripped",
    script: `strip -o "$1.stripped" "$1" 2>/dev/null; "$1.stripped" "\${@:2}"; status=$?; ` +
      `rm "$1.stripped"; exit $status`,
    lacks: "its file is not as it was built: strip(1) drops what Deno needs",
    needs: { programs: ["strip"] },
    refusesCopies: true,
  },
  {
    name: "memory is never made executable",
    // PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN
    script: `exec perl -e 'syscall(${PRCTL}, 65, 1, 0, 0, 0) and die "$!"; exec @ARGV' "$@"`,
    lacks: "V8 may not make memory executable (PR_SET_MDWE, MemoryDenyWriteExecute=)",
    needs: { kernel: "6.3", programs: ["perl"] },
  },
  {
    name: "a control group has 4 MiB of memory",
    script: `group=${MEMORY_GROUP}/nido-front-$$; mkdir $group || exit; ` +
      `echo 4M >$group/memory.${HAS_CGROUP2_MEMORY ? "max" : "limit_in_bytes"}; ` +
      `(echo $BASHPID >$group/cgroup.procs; exec "$@"); status=$?; ` +
      `until rmdir $group; do sleep 0.01; done; exit $status`,
    isFrontAlone: true,
    needs: { root: true, programs: [`${MEMORY_GROUP}/cgroup.procs`] },
  },
  {
    name: "variables tell Deno and the loader what to do",
    script: `DENO_LOG=debug RUST_LOG=trace DENO_V8_FLAGS=--none LD_PRELOAD=/none exec "$@"`,
    isFrontAlone: true,
  },
  {
    name: "a capability comes with the file",
    script: `cp "$1" "$1.capable"; setcap cap_sys_admin+ep "$1.capable"; ` +
      `${AS_USER.join(" ")} "$1.capable" "\${@:2}"; status=$?; rm "$1.capable"; exit $status`,
    needs: { root: true, programs: ["setcap"] },
  },
];

let made: string | undefined;

/** The path of a copy of the binary, which tests may change. */
function fronted(): string {
  if (made !== undefined) return made;
  const folder = Deno.makeTempDirSync({ prefix: "nido-front-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  Deno.chmodSync(folder, 0o755);
  made = `${folder}/nido`;
  Deno.copyFileSync(NIDO[0]!, made);
  return made;
}

for (const surroundings of SURROUNDINGS) {
  const { name, script, lacks, needs, joins, makesRoots, refusesCopies, isEmpty, isFrontAlone } =
    surroundings;
  Deno.test(`a front works where ${name}`, requires({ ...BINARY, ...needs }), async () => {
    const words = ["unshare", ...(isEmpty ? ["/none"] : ["-f", "echo", "front"])];
    const { code, stdout, stderr } = await shell(script, [fronted(), ...words], { with: "bash" });
    if (isEmpty) {
      assertEquals(code, 127);
      assertStringIncludes(stderr, "unshare: failed to execute /none: No such file or directory");
    } else assertEquals([code, stdout], [0, "front\n"]);
  });

  if (makesRoots !== false && !isEmpty) {
    Deno.test(
      `bwrap and run work by a front where ${name}`,
      requires({
        ...BINARY,
        ...needs,
        userNamespaces: true,
        ...(refusesCopies ? { root: true } : {}),
      }),
      async () => {
        for (const command of ["bwrap", "run"]) {
          const words = [command, "--bind", "/", "/", "--unshare-pid", "echo", "front"];
          const { code, stdout, stderr } = await shell(script, [fronted(), ...words], {
            with: "bash",
          });
          assertEquals([code, stdout], [0, "front\n"], stderr);
        }
      },
    );
  }

  if (joins !== false && !isEmpty && !/"\$1/.test(script)) {
    // What joins goes on as a copy of its file, which it reads and which has no capabilities.
    Deno.test(
      `a front joins where ${name}`,
      requires({ ...BINARY, ...needs, root: true }),
      async () => {
        const words = ["nsenter", "-t", `${Deno.pid}`, "-u", "echo", "front"];
        const { code, stdout, stderr } = await shell(script, [fronted(), ...words], {
          with: "bash",
        });
        assertEquals([code, stdout], [0, "front\n"], stderr);
      },
    );
  }

  if (isFrontAlone) continue;
  Deno.test(
    lacks ? `one line says why Deno does not start: ${lacks}` : `Deno starts where ${name}`,
    requires({ ...BINARY, ...needs }),
    async () => {
      const { code, stdout, stderr } = await shell(script, [fronted(), "--help"], {
        with: "bash",
      });
      if (lacks === undefined) {
        assertEquals([code, stderr], [0, ""]);
        assertStringIncludes(stdout, "nido");
        return;
      }
      assertStringIncludes(stderr, lacks);
      assert(stderr.startsWith("nido: cannot start Deno: "));
      assertEquals([code, stdout, stderr.split("\n").length], [1, "", 2]);
    },
  );
}

for (
  const [what, unit, values] of [
    ["address space", "v", [16, 32, 33, 48, 64, 65, 80].map((gibibytes) => gibibytes << 20)],
    ["data", "d", [256, 512, 540, 560, 600].map((mebibytes) => mebibytes << 10)],
  ] as const
) {
  Deno.test(
    `with any ${what} Deno starts, or one line says why not`,
    requires(BINARY),
    async () => {
      const outcomes = new Set<number>();
      for (const value of values) {
        const script = `ulimit -c 0 -${unit} ${value}; exec "$@"`;
        const { code, stderr } = await shell(script, [fronted(), "--help"], { with: "bash" });
        if (code !== 0) assertMatch(stderr, /^nido: cannot start Deno: it needs \d+ [GM]iB .*\n$/);
        outcomes.add(code);
      }
      assertEquals([...outcomes], [1, 0]);
    },
  );
}

Deno.test(
  "what a front makes, and what it leaves to Deno, is as without it",
  requires({ ...BINARY, userNamespaces: true }),
  async () => {
    const scripts = [
      `"$@" --version`,
      `"$@" -V`,
      `"$@" --version more`,
      `"$@" --version >/dev/full`,
      `"$@" lsns --nonsense`,
      `"$@" unshare --fork sh -c 'exit 7'`,
      `"$@" unshare printf %s $'\\xff' ä ''`,
      `"$@" unshare ls -l /proc/self/fd 5</etc/passwd | sed 's/.* -> /-> /' | grep -v -e pipe: -e /proc/`,
      `exec -a unshare "$@" sh -c 'kill -TERM $$'`,
      `"$@" explain unshare -r true | head -n 3`,
      `"$@" bwrap --help`,
      `"$@" bwrap --version`,
      `"$@" bwrap --uid 5 --uid 6 --nonsense`,
      `"$@" bwrap --bind / / --unshare-pid sh -c 'exit 7'`,
      `"$@" bwrap --bind / / printf %s $'\\xff' ä ''`,
      `"$@" bwrap --bind / / /none`,
      `"$@" bwrap`,
      `exec -a bwrap "$@" --bind / / sh -c 'kill -TERM $$'`,
      `"$@" run --help`,
      `"$@" run --uid 5 --uid 6 --nonsense`,
      `"$@" run --bind / / --unshare-pid sh -c 'exit 7'`,
      `"$@" run --bind / / /none`,
      `"$@" run`,
      `"$@" run --args 5 echo no 5< <(printf -- '--uid\\0005\\0--nonsense')`,
    ];
    for (const script of scripts) {
      const [behind, alone] = await Promise.all(
        ["1", "0"].map((NIDO_FRONT) =>
          shell(script, [fronted()], { with: "bash", env: { NIDO_FRONT } })
        ),
      );
      assertEquals({ ...behind, bytes: [] }, { ...alone, bytes: [] }, script);
    }
  },
);

/** Starts what follows with these signals blocked. */
const blocking = (signals: string): string =>
  `perl -MPOSIX -e 'sigprocmask(SIG_SETMASK, POSIX::SigSet->new(${signals})); exec @ARGV' "$@"`;

/** What a program inherits, as a script shows it that starts "$@" with a script of its own. */
const INHERITED = [
  `trap '' PIPE USR1; ulimit -Sn 77; ${blocking("")} ` +
  `sh -c 'grep Sig[BIC] /proc/self/status; ulimit -n; ulimit -Hn'`,
  `${blocking("SIGHUP, SIGTERM")} sh -c 'grep Sig[BIC] /proc/self/status; ulimit -a'`,
  `exec 4>&1 0<&- 1>&- 2>&-; "$@" sh -c 'closed=; for fd in 0 1 2; do ` +
  `[ -e /proc/$$/fd/$fd ] || closed="$closed $fd"; done; echo "closed:$closed" >&4'`,
];

Deno.test(
  "signals, limits and descriptors of a front's program are those that it was started with",
  requires({ ...BINARY, programs: ["perl"] }),
  async () => {
    for (const script of INHERITED) {
      const start = (words: readonly string[]) => shell(script, words, { with: "bash" });
      const plain = await start(["env"]);
      assert(/Sig|closed: 0 1 2/.test(plain.stdout), script);
      for (const option of ["--fork", "--"]) {
        assertEquals(await start([fronted(), "unshare", option]), plain, script);
      }
    }
  },
);

for (const options of [["unshare", "--fork"], ["bwrap", "--bind", "/", "/", "--dir", "/tmp"]]) {
  Deno.test(
    `${
      options[0]
    } by a front goes on when its file is moved and deleted, and ps shows what was typed`,
    // An ordinary user may not look into the launcher of a new root.
    requires({
      ...BINARY,
      userNamespaces: true,
      programs: ["pgrep"],
      ...(options[0] === "bwrap" ? { root: true } : {}),
    }),
    async () => {
      const [first, second] = [`${fronted()}.first`, `${fronted()}.second`];
      Deno.copyFileSync(fronted(), first);
      const words = [first, ...options, "sh", "-c", "echo ready; read line; exit 5"];
      const child = new Deno.Command(words[0]!, {
        args: words.slice(1),
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const reader = child.stdout.getReader();
      assertEquals(new TextDecoder().decode((await reader.read()).value), "ready\n");
      const proc = `/proc/${child.pid}`;
      assertEquals(Deno.readTextFileSync(`${proc}/cmdline`), words.join("\0") + "\0");
      assertEquals(Deno.readLinkSync(`${proc}/exe`), first);
      const found = await run(["pgrep", "-f", `^${first} ${options.join(" ")} sh`]);
      assertEquals(found.stdout, `${child.pid}\n`);
      Deno.renameSync(first, second);
      assertEquals(Deno.readLinkSync(`${proc}/exe`), second);
      Deno.removeSync(second);
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode("go\n"));
      await writer.close();
      await reader.cancel();
      assertEquals((await child.status).code, 5);
    },
  );
}

/** Command lines that are refused by the kernel, or by what is there. */
const REFUSED = [
  "-p true",
  "-muinCT true",
  "-U --wd=$'/no\\t\\\\ \\xff\\xc3\\xa4\\0011\"' true",
  "-U --root=/none true",
  "-Ur --root=/none --wd=/ true",
  "-Urm --mount-proc=/none true",
  "-Urp --mount-proc true",
  "-Ur --propagation=slave --mount-proc=/none true",
  "-Ur --mount-binfmt=/none true",
  "-Ur --load-interp=nonsense true",
  "-Ur --load-interp=nonsense --root=/ true",
  "-Ur -S 5 true",
  "-Ur -G 5 true",
  "-Ur -S 0 -G 70000 true",
  "--owner=5:7 -U true",
  "--map-user=nobody-of-this-name true",
  "--map-group=nobody-of-this-name true",
  "--map-users=0:70000:10 true",
  "--map-groups=0:70000:10 true",
  "--map-users=all --map-groups=all -S 4000000000 true",
  "-UrT --boottime=99999999999 true",
  "-UrT --monotonic=-99999999999 true",
  "-U --setgroups=allow --map-group=0 --map-groups=0:70000:1 true",
  "--rlimit nofile=5:99999999999 true",
  "--rlimit nofile=2048:unlimited true",
  "--uts=/none true",
  "-Ur --pid=/none --fork true",
  "-Ur --user=/none true",
  "-uU --hostname=" + "x".repeat(70) + " true",
  "-Ur --forward-signals --kill-child=HUP /none",
  "/etc/passwd",
  "/etc/passwd/none",
  "none",
];

for (const [who, as] of [["root", []], ["an ordinary user", AS_USER]] as const) {
  Deno.test(
    `what a front says of a refusal is as without it, for ${who}`,
    requires({ ...BINARY, ...who === "root" ? { root: true } : {} }),
    async () => {
      for (const line of REFUSED) {
        const say = (NIDO_FRONT: string) =>
          shell(`"$@" unshare ${line}`, [...as, fronted()], { with: "bash", env: { NIDO_FRONT } });
        const [behind, alone] = [await say("1"), await say("0")];
        assertEquals({ ...behind, bytes: [] }, { ...alone, bytes: [] }, line);
        if (who !== "root") assert(behind.code !== 0, line);
      }
    },
  );
}

Deno.test("a front tells the version where Deno does not start", requires(BINARY), async () => {
  const { code, stdout } = await shell(`ulimit -v 200000; exec "$@" --version`, [fronted()], {
    with: "bash",
  });
  assertEquals([code, stdout], [0, `nido ${VERSION}\n`]);
});

Deno.test("a front adds little to the binary", requires(BINARY), () => {
  const elf = new Elf(Deno.readFileSync(NIDO[0]!));
  const entry = elf.header("e_entry");
  const code = elf.segments.find(({ p_type, p_vaddr, p_memsz }) =>
    p_type === PT_LOAD && p_vaddr <= entry && entry < p_vaddr + p_memsz
  );
  const end = elf.header("e_shoff") + elf.header("e_shnum") * elf.header("e_shentsize");
  const size = end - code!.p_offset + MOST_ADDED;
  assert(size > 0);
  assertLess(size, 200 * 1024);
});

Deno.test(
  "readelf and gdb read a binary with a front",
  requires({ ...BINARY, programs: ["readelf", "gdb"] }),
  async () => {
    const readelf = await run(["readelf", "--wide", "--all", fronted()]);
    assertEquals([readelf.code, readelf.stderr], [0, ""]);
    for (const name of [".text", ".front.text", ".front.rodata", ".front.data", ".front.phdrs"]) {
      assertStringIncludes(readelf.stdout, ` ${name} `);
    }
    // By its number: gdb-minimal has no names of system calls.
    const exit = SYSCALLS.exit_group[Deno.build.arch as "x86_64"];
    const commands = [`catch syscall ${exit}`, "run", "info sharedlibrary"];
    const options = commands.flatMap((command) => ["-ex", command]);
    const gdb = await run(
      ["gdb", "-batch", "-nx", ...options, "--args", fronted(), "--help"],
      { env: { DEBUGINFOD_URLS: "" } },
    );
    assertStringIncludes(gdb.stdout, "libc.so");
  },
);
