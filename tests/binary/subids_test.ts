// What is advised to who has no subordinate ids is safe and true: followed, the same command works, and
// nobody's ids are given away. In all ways to a launch.

import { assertEquals, assertMatch } from "@std/assert";
import { requires } from "../requires.ts";
import { inOwnEtc } from "../support/etc.ts";
import { nido, quote, shell } from "../support/nido.ts";

/** A file that has nothing for user ann, 4242. */
interface Scene {
  readonly about: string;
  /** What makes /etc/subuid and /etc/subgid: $f is each of them. */
  readonly make: string;
  readonly says: RegExp;
  readonly remedy: RegExp;
}

const SCENES: readonly Scene[] = [
  {
    about: "another user's range",
    make: "echo some_user:100000:65536 >$f",
    says: /no line matching user "ann" in \/etc\/sub[ug]id/,
    remedy: /^echo 'ann:165536:65536' >> \/etc\/sub[ug]id/,
  },
  {
    about: "a last line without an end",
    make: "printf 'a:165536:65536\\nsome_user:100000:65536' >$f",
    says: /no line matching user "ann" in \/etc\/sub[ug]id/,
    remedy: /^\(echo; echo 'ann:231072:65536'\) >> \/etc\/sub[ug]id/,
  },
  {
    about: "no file",
    make: "rm $f",
    says: /no line matching user "ann" in \/etc\/sub[ug]id/,
    remedy: /^echo 'ann:100000:65536' >> \/etc\/sub[ug]id/,
  },
  {
    about: "a line that is none",
    make: "printf 'some_user:100000:65536\\nann:some:65536\\nb:200000:1\\n' >$f",
    says: /line 2 of \/etc\/sub[ug]id is not NAME:START:COUNT/,
    remedy: /^sed -i '2s\/\.\*\/ann:200001:65536\/' \/etc\/sub[ug]id/,
  },
  {
    about: "a file that cannot be read",
    make: "printf 'some_user:100000:65536\\nann:165536:65536\\n' >$f; chmod 600 $f",
    says: /cannot read \/etc\/sub[ug]id: Permission denied/,
    remedy: /^chmod a\+r \/etc\/sub[ug]id/,
  },
];

/** Commands that ann runs, as they are to be when what is advised has been done. */
const WAYS: readonly (readonly [about: string, command: string, instead?: string])[] = [
  ["unshare", `${nido} unshare --map-auto true`],
  [
    "unshare of ranges",
    `${nido} unshare --map-users=0:500000:10 --map-groups=0:500000:10 true`,
    `${nido} unshare --map-users=auto --map-groups=auto true`,
  ],
  ["a frozen file", '"$1"/frozen'],
];

const AS_ANN = "setpriv --reuid=4242 --regid=4242 --clear-groups env";

for (const { about, make, says, remedy } of SCENES) {
  for (const [way, command, instead = command] of WAYS) {
    Deno.test(
      `what is advised to who has no subordinate ids works: ${about}, ${way}`,
      requires({ root: true, userNamespaces: true, programs: ["newuidmap"] }),
      async () => {
        const { code, stdout, stderr } = await shell(inOwnEtc(`
          echo ann:x:4242:4242::/:/bin/sh >>/etc/passwd; echo ann:x:4242: >>/etc/group
          for f in /etc/subuid /etc/subgid; do ${make}; done
          ${nido} freeze -o "$1/frozen" unshare --map-auto true; chmod 755 "$1/frozen"
          mkdir -m 777 "$1/home"; command=${quote([command])}
          for round in 1 2 3; do
            ${AS_ANN} HOME="$1/home" sh -c "$command" sh "$1" 2>"$1/said" && break
            cat "$1/said"; echo ,
            sed -n 's/^  try:  \\(.*\\), as root.*/\\1/p' "$1/said" >"$1/try"
            [ -s "$1/try" ] || exit 9
            sh -e "$1/try" || exit 8
            command=${quote([instead])}
          done; echo "ended $?"; cat /etc/subuid
        `));
        assertEquals(code, 0, stdout + stderr);
        const [parts, subuid] = stdout.split("ended 0\n");
        for (const said of parts!.split(",\n").filter((one) => one !== "")) {
          assertMatch(said, says);
          assertMatch(said.match(/^ {2}try: {2}(.*)$/m)?.[1] ?? "", remedy);
        }
        // No id has two owners.
        const ranges = subuid!.split("\n").filter((line) => line !== "")
          .map((line) => line.split(":").slice(1).map(Number)).sort(([a], [b]) => a! - b!);
        for (const [i, [start]] of ranges.entries()) {
          const before = ranges[i - 1];
          if (before) assertEquals(before[0]! + before[1]! <= start!, true, subuid);
        }
      },
    );
  }
}
