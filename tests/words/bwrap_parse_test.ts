import { assertEquals, assertThrows } from "@std/assert";
import { bwrap } from "../../cli/bwrap.ts";
import { UsageError } from "../../cli/getopt.ts";
import { run } from "../../cli/run.ts";
import { PURE } from "../launch/specs.ts";

/** The fields that the words give, beside those that they always give. */
function fieldsOf(words: string[], given: Record<number, string[]> = {}): Record<string, unknown> {
  const outside = {
    words: (fd: number) => given[fd] ?? [],
    warn: (message: string) => void warned.push(message),
  };
  const warned: string[] = [];
  const spec = bwrap.parse([...words, "true"], new Set(), outside);
  if (typeof spec === "string") throw new Error(`Cannot launch: ${spec} is asked for`);
  return { ...spec, ...warned.length > 0 ? { warned } : {} };
}

const refusal = (words: string[], given?: Record<number, string[]>): string =>
  assertThrows(() => fieldsOf(words, given), UsageError).message;

Deno.test("operations are in the order of their options, and have their words", PURE, () => {
  const words =
    "--bind a /b --ro-bind-try c d --dev-bind-try e f --bind-fd 3 /g --proc /p --dev /d " +
    "--symlink to /at --chmod 0711 /m --file 4 /n --remount-ro /r --mqueue /q";
  assertEquals(fieldsOf(words.split(" ")).newRoot, [
    { kind: "bind", source: "a", destination: "/b" },
    { kind: "ro-bind", source: "c", destination: "d", try: true },
    { kind: "dev-bind", source: "e", destination: "f", try: true },
    { kind: "bind", source: { fd: 3 }, destination: "/g" },
    { kind: "proc", destination: "/p" },
    { kind: "dev", destination: "/d" },
    { kind: "symlink", target: "to", destination: "/at" },
    { kind: "chmod", perms: 0o711, destination: "/m" },
    { kind: "file", content: { fd: 4 }, destination: "/n" },
    { kind: "remount-ro", destination: "/r" },
    { kind: "mqueue", destination: "/q" },
  ]);
});

Deno.test("--perms, --size and --overlay-src are of the next operation alone", PURE, () => {
  const words = "--perms 700 --size 0x1000 --tmpfs /a --tmpfs /b --perms 4 --dir /c --dir /d " +
    "--overlay-src l --overlay-src m --overlay u w /e --overlay-src n --tmp-overlay /f";
  assertEquals(fieldsOf(words.split(" ")).newRoot, [
    { kind: "tmpfs", destination: "/a", perms: 0o700, size: 4096 },
    { kind: "tmpfs", destination: "/b" },
    { kind: "dir", destination: "/c", perms: 4 },
    { kind: "dir", destination: "/d" },
    { kind: "overlay", upper: "u", work: "w", destination: "/e", sources: ["l", "m"] },
    { kind: "tmp-overlay", destination: "/f", sources: ["n"] },
  ]);
});

Deno.test("--unshare-all and --share-net: the last one counts", PURE, () => {
  const types = (...words: string[]) => fieldsOf(words).namespaces;
  assertEquals(types("--unshare-all"), ["mnt", "ipc", "pid", "net", "uts"]);
  assertEquals(fieldsOf(["--unshare-all"]).tryNamespaces, ["user", "cgroup"]);
  assertEquals(types("--unshare-all", "--share-net"), ["mnt", "ipc", "pid", "uts"]);
  assertEquals(types("--share-net", "--unshare-net"), ["mnt", "net"]);
});

Deno.test("words that a descriptor gives stand where it is named", PURE, () => {
  const given = {
    7: ["--dir", "/b", "no option", "--dir", "/z"],
    8: ["--dir", "/c", "--", "--dir"],
  };
  const words = ["--dir", "/a", "--args", "7", "--args", "8", "--dir", "/d"];
  const { newRoot, argv } = fieldsOf(words, given);
  assertEquals((newRoot as { destination: string }[]).map(({ destination }) => destination), [
    ...["/a", "/b", "/c", "/d"],
  ]);
  assertEquals(argv, ["true"]);
  assertEquals(
    refusal(["--args", "7"], { 7: ["--args", "8"] }),
    [
      "--args not supported in arguments file",
    ].join(),
  );
  assertEquals(
    refusal(["--args", "7"], { 7: new Array(9000).fill("--unshare-ipc") }),
    "Exceeded maximum number of arguments 9000",
  );
  assertEquals(
    refusal(["--args", "7"], { 7: ["--perms", "7"] }),
    "--perms must be followed by an option that creates a file",
  );
});

Deno.test("edits of capabilities and filters are in their order", PURE, () => {
  const words = "--cap-drop ALL --cap-add cap_net_admin --cap-add 5 --add-seccomp-fd 3 " +
    "--add-seccomp-fd 4";
  const { capabilities, seccomp } = fieldsOf(words.split(" "));
  assertEquals(capabilities, [{ drop: "all" }, { add: "CAP_NET_ADMIN" }, { add: "CAP_KILL" }]);
  assertEquals(seccomp, [{ fd: 3 }, { fd: 4 }]);
  assertEquals(fieldsOf("--seccomp 3 --seccomp 4".split(" ")), {
    ...fieldsOf(["--seccomp", "4"]),
    warned: ["bwrap: Only the last --seccomp option will take effect"],
  });
});

Deno.test("options are exact words, and the first that is none begins the program", PURE, () => {
  const spec = bwrap.parse(["--unshare-ipc", "--", "--unshare-net", "--x"]);
  if (typeof spec === "string") throw new Error(spec);
  assertEquals([spec.program, spec.argv, spec.namespaces], [
    "--unshare-net",
    ["--unshare-net", "--x"],
    ["mnt", "ipc"],
  ]);
  for (const word of ["--unshare-ip", "--dir=/x", "-h", "-", "--uid=0"]) {
    assertEquals(refusal([word]), `Unknown option ${word}`);
  }
  assertEquals(bwrap.parse(["--argv0", "sh", "/bin/true", "x"]) as object, {
    ...bwrap.parse(["/bin/true"]) as object,
    argv: ["sh", "x"],
  });
});

Deno.test("help and version are asked for where they stand", PURE, () => {
  assertEquals(bwrap.parse(["--dir", "/x", "--help", "--nope"]), "help");
  assertEquals(bwrap.parse(["--version"]), "version");
  for (const words of [[], ["--dir", "/x"], ["--dir", "/x", "--"]]) {
    assertEquals([words, bwrap.parse(words)], [words, "usage"]);
  }
});

/** What bubblewrap 0.13.1 says. */
const REFUSALS: Readonly<Record<string, string>> = {
  "--bind x": "--bind takes two arguments",
  "--ro-bind-fd x": "--bind-fd takes two arguments",
  "--argv0": "--argv0 takes one argument",
  "--argv0 a --argv0 b": "--argv0 used multiple times",
  "--uid x": "Invalid uid: x",
  "--gid -1": "Invalid gid: -1",
  "--uid 4294967295": "Invalid uid: 4294967295",
  "--userns x": "Invalid fd: x",
  "--cap-add sys_admin": "unknown cap: sys_admin",
  "--perms 8": "--perms takes an octal argument <= 07777",
  "--perms 10000": "--perms takes an octal argument <= 07777",
  "--perms 7 --perms x": "--perms given twice for the same action",
  "--perms 7 --bind / /": "--perms must be followed by an option that creates a file",
  "--size 0": "--size takes a non-zero number of bytes",
  "--size 08": "--size takes a non-zero number of bytes",
  "--size 9223372036854775808": "--size (for tmpfs) is limited to 9223372036854775807",
  "--size 1 --dir /x": "--size must be followed by --tmpfs",
  "--overlay-src /":
    "--overlay-src must be followed by another --overlay-src or one of --overlay, " +
    "--tmp-overlay, or --ro-overlay",
  "--overlay a b c": "--overlay requires at least one --overlay-src",
  "--overlay-src / --ro-overlay /x": "--ro-overlay requires at least two --overlay-src",
  "--chmod 9 /x": "--chmod takes an octal argument <= 07777",
  "--setenv A=B x": "setenv failed",
  "--seccomp 3 --add-seccomp-fd 4": "--add-seccomp-fd cannot be combined with --seccomp",
  "--userns-block-fd 3": "--userns-block-fd requires --unshare-user",
  "--unshare-user --userns-block-fd 3": "--userns-block-fd requires --info-fd",
  "--userns 3 --unshare-user": "--userns is not compatible with --unshare-user",
  "--userns 3 --unshare-all": "--userns is not compatible with --unshare-user-try",
  "--disable-userns": "--disable-userns requires --unshare-user",
  "--userns2 3": "--userns2 requires --userns",
  "--netns 3 --unshare-net": "--netns is not compatible with --unshare-net",
  "--hostname x": "Specifying --hostname requires --unshare-uts",
  "--as-pid-1": "Specifying --as-pid-1 requires --unshare-pid",
};

/** Whether a program may follow: where words of an option are missing, it would be one. */
const isWhole = (words: string): boolean => !/ takes (an|one|two) argument/.test(REFUSALS[words]!);

for (const [words, message] of Object.entries(REFUSALS)) {
  Deno.test(`bwrap refuses ${words} in bubblewrap's words`, PURE, () => {
    const parse = () => bwrap.parse([...words.split(" "), ...isWhole(words) ? ["true"] : []]);
    assertEquals(assertThrows(parse, UsageError).message, message);
  });
}

Deno.test("an empty path is refused, whichever option it is of", PURE, () => {
  for (const option of ["chdir", "remount-ro", "proc", "dev", "tmpfs", "mqueue", "dir"]) {
    assertEquals(refusal([`--${option}`, ""]), `--${option} does not take an empty path argument`);
  }
  for (const words of [["--bind", "", "/"], ["--ro-bind-fd", "3", ""], ["--symlink", "", "/x"]]) {
    assertEquals(refusal(words), `${words[0]} does not take an empty path argument`);
  }
});

Deno.test("--level-prefix is in front of what is said behind it", PURE, () => {
  const error = assertThrows(() => fieldsOf(["--level-prefix", "--nope"]), UsageError);
  assertEquals(error.level, "<3>");
  assertEquals(fieldsOf("--chdir a --level-prefix --chdir b".split(" ")).warned, [
    "<4>bwrap: Only the last --chdir option will take effect",
  ]);
});

Deno.test("run takes the same words, and speaks in nido's name", PURE, () => {
  const words = ["--ro-bind", "/", "/", "--unshare-all", "true"];
  assertEquals(run.parse(words) as object, { ...bwrap.parse(words) as object, name: "nido run" });
});
