/** How it is measured, in words. */
import type { Effort } from "./bench.ts";
import { list, type Section } from "./markdown.ts";

/** The beginning of the document. */
export const HEAD = `# Performance

<!-- Made by \`./dev bench --write\`. Change bench/, not this. -->

\`./dev bench\` measures this on any machine. What carries over from one to another is ratios.
`;

/** The section about it. */
export function methodSection({ rounds, warmUp, crowds }: Effort): Section {
  return {
    title: "Method",
    blocks: [
      `One Deno script starts all of them, by \`output()\` of \`Deno.Command\` or of nido's \`Command\`, without streams, and
waits for their end. Each round has every contender once, and begins with another one than the last. Runtimes,
which leave cold caches behind, take part in each fifth round. Medians of ${rounds} rounds after
${warmUp} to warm up, and of ${crowds} where many are launched at once. The overhead is what a launch takes longer than the
first of its table, and \`÷ bwrap's\` is one overhead beside another.`,
      "All make the same namespaces, and their program finds itself as root. Yet they do not do quite the same:",
      list([
        "A frozen file and `nido unshare` do what unshare(1) does with the same options.",
        "`Command` always has a launcher that waits, kills the program if the script dies, and tells the script what\n" +
        "  failed. The file of its launch is made once.",
        "bwrap always makes a mount namespace and a root of its own on a tmpfs, to which all of / is bound here. It\n" +
        "  sets no_new_privs, is PID 1 itself, and sets the loopback interface up.",
        "Sandboxes are asked for in the same words of bwrap(1), which have other values of variables each time.\n" +
        "  `Command` gets what they mean as data. An open file is what `nido freeze --open` writes.",
        "A file that its caller may change goes on as a sealed copy before others are let in: as root that is each,\n" +
        "  for an ordinary user none that somebody else has installed. Of bwrap none does.",
        "crun and runc always make a mount namespace and a root of their own, to which some folders are bound here.\n" +
        "  They add devices, drop all capabilities, keep their state in files, and set the loopback interface up. crun\n" +
        "  is told to make no control group; runc cannot be, and does if it is root. Where both versions of control\n" +
        "  groups are mounted crun refuses to run: in a mount namespace of its own, without /sys/fs/cgroup/unified,\n" +
        "  `./dev bench` has it take part.",
      ]),
      "Where many are launched at once, and many alive, only launchers that are meant for it take part: no\n" +
      "runtimes.",
    ],
  };
}
