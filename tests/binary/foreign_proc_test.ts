/** Launches under a /proc of another PID namespace: this process has another number there. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { requires } from "../requires.ts";
import { AS_USER, NIDO, type Outcome, quote, requiresRanges, shell } from "../support/nido.ts";

const NEEDS = {
  root: true,
  userNamespaces: true,
  programs: ["unshare", "mount", "pgrep"],
} as const;

/** Of those who have the numbers of the launch in the /proc that it finds: their maps are to stay empty. */
const VICTIMS = 20;

/**
 * Runs a script as PID 1 of a PID namespace without a /proc of its own, and then prints how many of
 * the processes that have the next numbers in /proc have ids. `"$@"` is the launch.
 */
function below(script: string, launch: readonly string[], as: readonly string[] = []) {
  const victims =
    `i=0; while [ $i -lt ${VICTIMS} ]; do i=$((i + 1));  ${
      quote([...as, "unshare", "-U", "sleep", "60"])
    } & done; ` +
    `until [ "$(pgrep -c -x sleep)" = ${VICTIMS} ]; do :; done; `;
  const count = `; cat $(printf "/proc/%s/uid_map " $(pgrep -x sleep)) | wc -l`;
  const inner = `${victims}unshare -pf sh -c ${quote([script])} sh "$@"${count}`;
  return shell(`exec unshare -pfm --mount-proc sh -c ${quote([inner])} sh "$@"`, launch);
}

const told = ({ stdout, stderr }: Outcome): readonly string[] => [stdout, stderr];

Deno.test("ids are mapped for no process but one's own, by root", requires(NEEDS), async () => {
  const words = [
    "unshare",
    "--map-users=0:5:10",
    "--map-groups=0:5:10",
    "cat",
    "/proc/self/uid_map",
  ];
  assertEquals(told(await below(`"$@"; :`, [...NIDO, ...words])), [
    "         0          5         10\n0\n",
    "",
  ]);
});

Deno.test(
  "ids are mapped for no process but one's own, by newuidmap",
  requiresRanges(NEEDS),
  async () => {
    const launch = [...AS_USER, ...NIDO, "unshare", "--map-auto", "-r", "sh", "-c"];
    const outcome = await below(`"$@"; :`, [...launch, "wc -l </proc/self/uid_map"], AS_USER);
    assertEquals(told(outcome), ["2\n0\n", ""]);
  },
);

Deno.test("the namespaces that are kept are those of the launch", requires(NEEDS), async () => {
  const script =
    `mount -t tmpfs none /mnt && touch /mnt/uts && "$@" && nsenter --uts=/mnt/uts hostname`;
  const words = ["unshare", "-m", "--uts=/mnt/uts", "hostname", "nest"];
  assertEquals(told(await below(script, [...NIDO, ...words])), ["nest\n0\n", ""]);
});

// A compiled nido is not started there at all: Deno reads /proc/self/exe.
const FROM_SOURCE = requires({ ...NEEDS, binary: false });

Deno.test("a /proc that does not show the launch is told", FROM_SOURCE, async () => {
  // It is that of a namespace below.
  const script = `unshare -pf mount -t proc proc /proc && "$@"`;
  const launch = [...NIDO, "unshare", "--map-users=0:5:10", "true"];
  const { code, stderr } = await shell(
    `exec unshare -m sh -c ${quote([script])} sh "$@"`,
    launch,
  );
  assertEquals(code, 1);
  assertStringIncludes(
    stderr,
    "unshare: cannot read /proc/self: No such file or directory\n" +
      '  step: readlinkat(AT_FDCWD, "/proc/self", &own link, 31) = ENOENT\n' +
      "  why:  /proc is of a PID namespace that this process is not in, and does not show it\n" +
      "  try:  mount -t proc proc /proc, in a mount namespace of its own\n",
  );
});

Deno.test(
  "where Deno does not start the front says whose /proc it is",
  requires({ root: true, front: true, programs: ["unshare", "nsenter"] }),
  async () => {
    const script = `unshare -pfm --mount-proc sh -c 'echo $$; exec sleep 60' >started & waiter=$!
    until [ -s started ]; do :; done
    read -r child </proc/$waiter/task/$waiter/children
    nsenter -t \${child%% *} -m "$@"; echo "status $?"; kill -KILL \${child%% *}; wait`;
    const folder = Deno.makeTempDirSync({ prefix: "nido-foreign-" });
    try {
      const { stdout, stderr } = await shell(script, [...NIDO, "lsns"], { cwd: folder });
      assertEquals(stdout, "status 1\n");
      assertStringIncludes(
        stderr,
        "cannot start Deno: /proc is of a PID namespace that this process is not in",
      );
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);
