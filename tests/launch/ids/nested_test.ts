// A user namespace in the new one.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { requires } from "../../requires.ts";
import { EVERYBODY, inRoot } from "../root/making.ts";
import { type Asked, problemsIn, PURE } from "../specs.ts";
import { withFolder } from "../../support/folder.ts";

const NEEDS = requires({ userNamespaces: true, programs: ["unshare"] });
const PROC = { kind: "proc", destination: "/proc" } as const;
const DEV = { kind: "dev", destination: "/dev" } as const;
const OWN: Asked = { namespaces: ["user", "pid"], fork: true, mapUser: 1000, mapGroup: 1001 };

const SECOND: Asked = { join: { descriptors: { user: 7 } }, userns2: 8 };
const BLOCKED: Asked = { namespaces: ["user"], infoFd: 7, usernsBlockFd: 8 };

Deno.test("what a user namespace in the new one cannot have is refused", PURE, () => {
  assertEquals(problemsIn({ disableUserns: true }), [
    "disableUserns | disableUserns: needs a new user namespace",
  ]);
  assertEquals(
    problemsIn({
      disableUserns: true,
      mapUsers: [{ inner: 0, outer: 0, count: 5 }],
      namespaces: ["user"],
    }),
    ["disableUserns | disableUserns and mapUsers exclude each other"],
  );
  // Without the first, bubblewrap waits for ever.
  assertEquals(problemsIn({ userns2: 7 }), [
    "userns2 | userns2: needs join.descriptors.user, of which it is a descendant",
  ]);
  assertEquals(problemsIn({ namespaces: ["user"], usernsBlockFd: 7 }), [
    "usernsBlockFd | usernsBlockFd: who maps ids needs to be told the PID: needs infoFd",
  ]);
});

for (const who of EVERYBODY) {
  Deno.test(`as ${who}: a /dev has terminals for whoever the program is`, NEEDS, async () => {
    const script = "id -u; id -g; test -c /dev/pts/ptmx && echo terminals; cat /proc/self/uid_map";
    const { code, stdout, stderr } = await inRoot([PROC, DEV], script, { who, asked: OWN });
    const lines = stdout.split("\n").map((line) => line.trim().replaceAll(/ +/g, " "));
    assertEquals([code, stderr, lines], [0, "", ["1000", "1001", "terminals", "1000 0 1", ""]]);
  });

  Deno.test(`as ${who}: no other user namespace is made inside`, NEEDS, async () => {
    for (const operations of [[PROC], [PROC, DEV]]) {
      for (const id of [0, 1000]) {
        const script = `id -u; unshare -U true || echo refused
          echo 9 2>&- > /proc/sys/user/max_user_namespaces || echo "and so is to allow it"
          unshare -U true || echo refused`;
        const { stdout, stderr } = await inRoot(operations, script, {
          who,
          asked: { ...OWN, mapUser: id, mapGroup: id, disableUserns: true, capabilities: [] },
        });
        assertEquals(stdout.replaceAll("and so is to allow it\n", ""), `${id}\nrefused\nrefused\n`);
        assertStringIncludes(stderr, "No space left on device");
      }
    }
  });

  Deno.test(`as ${who}: a launch can see to it that there is none`, NEEDS, async () => {
    const { code, stdout, stderr } = await inRoot([PROC], "echo begun", {
      who,
      asked: { ...OWN, assertUsernsDisabled: true },
    });
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, "creation of new user namespaces was not disabled as requested");
    const both = await inRoot([PROC], "echo begun", {
      who,
      asked: { ...OWN, disableUserns: true, assertUsernsDisabled: true },
    });
    assertEquals([both.code, both.stdout], [0, "begun\n"]);
  });

  Deno.test(
    `as ${who}: a second user namespace is joined when the root is made`,
    NEEDS,
    async () => {
      const through = [
        ...["sh", "-c"],
        `unshare -Ur sh -c 'unshare -Ur sleep 20 & echo $!; exec sleep 20' > "$1/pid" & first=$!
      until test -s "$1/pid"; do sleep 0.05; done; second=$(cat "$1/pid")
      until grep -q sleep /proc/$second/comm; do sleep 0.05; done
      readlink /proc/$second/ns/user
      "$2" 7</proc/$first/ns/user 8</proc/$second/ns/user; kill $first $second`,
        "sh",
      ];
      await withFolder(async (folder) => {
        const { code, stdout, stderr } = await inRoot([PROC], "readlink /proc/self/ns/user", {
          who,
          through: [...through, folder],
          asked: { mapUser: undefined, mapGroup: undefined, ...SECOND } as Asked,
        });
        const [theirs, seen] = stdout.split("\n");
        assertEquals([code, stderr, seen], [0, "", theirs]);
      });
    },
  );

  Deno.test(
    `as ${who}: somebody outside maps ids, who is told the PID`,
    NEEDS,
    () =>
      withFolder(async (folder) => {
        const through = [
          ...["sh", "-c"],
          `mkfifo "$1/go"; exec 8<>"$1/go"
        (until grep -q '}' "$1/info"; do sleep 0.05; done 2>&-
        pid=$(tr -dc '0-9 \n' < "$1/info" | awk 'NF {print $1; exit}')
        echo deny > /proc/$pid/setgroups
        echo "5 $(id -u) 1" > /proc/$pid/uid_map; echo "6 $(id -g) 1" > /proc/$pid/gid_map
        echo >&8) &
        "$2" 7>"$1/info"`,
          "sh",
        ];
        const { code, stdout, stderr } = await inRoot([PROC], "id -u; id -g", {
          who,
          through: [...through, folder],
          asked: { mapUser: undefined, mapGroup: undefined, ...BLOCKED } as Asked,
        });
        assertEquals([code, stdout, stderr], [0, "5\n6\n", ""]);
      }),
  );
}
