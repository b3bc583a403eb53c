/** What came out of a random line of bwrap, by nido and by bubblewrap 0.13.1, and what of it is to be the same. */

/** What came out of a line. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What is in its place afterwards. */
  readonly files: string;
}

type Part = keyof Outcome;

/** Parts that differ, and why. */
interface Difference {
  readonly why: string;
  readonly parts: readonly Part[];
  /** Of lines whose words, with spaces between, have this in them. */
  readonly words?: RegExp;
  /** Of those that bubblewrap refuses so. */
  readonly said?: RegExp;
}

const ALL: readonly Part[] = ["code", "stdout", "stderr", "files"];

const DIFFERENCES: readonly Difference[] = [
  {
    why: "bubblewrap has no such option, or waits for ever",
    words: /--(netns|forward-signals|scope-abstract-unix-sockets|userns2) /,
    parts: ALL,
  },
  {
    why: "without SELinux bubblewrap reads no word behind a label",
    words: /--(exec|file)-label .*--(help|version) /,
    parts: ALL,
  },
  { why: "each says it of itself", words: /--(help|version) /, parts: ["stdout"] },
  {
    why: "the same: another word may be wrong",
    words: /--(exec|file)-label /,
    parts: ["stderr"],
  },
  {
    why: "bubblewrap leaves its child, which waits for ever or runs the program",
    said: /Write to info_fd/,
    parts: ["stdout", "files"],
  },
  {
    why: "the first closes it, and the child says something too, or not yet",
    words: /--(info|json-status)-fd 5 .*--(info|json-status)-fd 5 /,
    parts: ["stderr", "files"],
  },
  {
    why: "bubblewrap may have run the program by then",
    said: /Unable to (open )?lock file/,
    parts: ["stdout", "files"],
  },
  {
    why: "nido changes the mode of what a link leads to",
    words: /--symlink .*--chmod /,
    parts: ["stderr"],
  },
  {
    why: "bubblewrap makes directories above a mount that is missing, and speaks of them",
    words: /--remount-ro /,
    said: /Can't (create file|mkdir parents for|remount readonly on)/,
    parts: ["stderr"],
  },
  {
    why: "bubblewrap leaves the descriptor to the program, where nido's waiter has it",
    words: /--sync-fd .*--as-pid-1 |--as-pid-1 .*--sync-fd /,
    parts: ["stdout"],
  },
  {
    why: "of several bubblewrap keeps the last, and nido all, which must be different ones",
    words: /--sync-fd .*--sync-fd /,
    parts: ALL,
  },
  {
    why: "nido takes no path that the kernel would not",
    words: /(a\/){2100}|x{5000}/,
    parts: ["stderr"],
  },
  {
    why: "bubblewrap looks for all sources before the first operation",
    said: /Can't find source path/,
    parts: ["stderr", "files"],
  },
  {
    why: "bubblewrap takes 0x for 0",
    words: /--cap-(add|drop) 0x /,
    parts: ALL,
  },
  {
    why: "the first operation closes it",
    words: /-fd 4 .*-fd 4 |-(file|data) 3 .*-(file|data) 3 /,
    parts: ALL,
  },
  {
    why: "nido knows the caller's ids when it has read all words",
    said: /Specifying --[ug]id requires/,
    parts: ["stderr"],
  },
];

/** What is another text, why, and of which lines. */
const TEXTS: readonly (readonly [why: string, what: RegExp, as: string, words?: RegExp])[] = [
  ["numbers", /(?<=-(pid|namespace)": )\d+/g, "N"],
  ["how many digits they have", /\d+(?= +info$)/gm, "N"],
  ["the name of a file that is removed", /\/bindfile\w{6}(?=\/\/deleted)/g, "/data"],
  ["the file system that it is in", /,mode=755(?=$|,uid)/gm, ""],
  ["how many processes are in a proc", /(?<=^d\S+) +\d+/gm, ""],
  ["how an overlay's directories are named", /lowerdir=.*(?=,redirect_dir)/g, "directories"],
  ["nido's attributes of a mqueue", /,nosuid,nodev,noexec(?=,relatime - mqueue )/g, ""],
  ["nido escapes control characters", /\\x0a/g, "\n"],
  ["the same", /\\x1b/g, "\x1b"],
  ["the second message of one refusal", /^.*Unexpected short read from pid socket\n/gm, ""],
  ["nido takes capabilities from the bounding set, too", /^CapBnd:.*\n/gm, "", /--cap-drop /],
  [
    "bubblewrap adds nothing for a root that lacks one",
    /^Cap(Inh|Amb):.*\n/gm,
    "",
    /--cap-add ALL /,
  ],
];

/** What is left of a text that came of a line. */
const withoutTexts = (text: string, line: string): string =>
  TEXTS.reduce(
    (text, [, what, as, words]) => !words || words.test(line) ? text.replace(what, as) : text,
    text,
  );

/** The lines that only one has. */
export function differenceOf(
  own: Outcome,
  theirs: Outcome,
  words: readonly string[],
): readonly string[] {
  const line = `${words.join(" ")} `;
  const left = DIFFERENCES.filter(({ words, said }) =>
    (!words || words.test(line)) && (!said || said.test(theirs.stderr))
  ).flatMap(({ parts }) => parts);
  return ALL.filter((part) => !left.includes(part)).flatMap((part) => {
    const [a, b] = [own, theirs].map((outcome) =>
      withoutTexts(String(outcome[part]), line).split("\n")
    );
    const only = (mark: string, a: readonly string[], b: readonly string[]): string[] =>
      a.filter((line) => !b.includes(line)).map((line) => `${mark} ${part}: ${line}`);
    return [...only("nido", a!, b!), ...only("bwrap", b!, a!)];
  });
}

/** Whether anything of a line is compared. */
export const isCompared = (words: readonly string[]): boolean =>
  !DIFFERENCES.some(({ words: about, said, parts }) =>
    parts === ALL && !said && about?.test(`${words.join(" ")} `)
  );
