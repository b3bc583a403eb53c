import { assertEquals } from "@std/assert";
import { subidsIn, unreadableSubids } from "../../launch/subids.ts";
import { PURE } from "./specs.ts";

const ALL = [{ inner: 0, outer: 0, count: 4294967295 }];

const find = (text: string, name = "ann", uid = 1000, map = ALL) =>
  subidsIn({ path: "/etc/subuid", text, map }, { name, uid });

Deno.test("subidsIn() takes the first line of a user, by name or by number", PURE, () => {
  const text = "root:1:2\nanne:5:6\n1000:300000:65536\nann:100000:65536\n";
  const [first, second] = [{ start: 300000, count: 65536 }, { start: 100000, count: 65536 }];
  assertEquals(find(text), { subids: first, owned: [first, second] });
  assertEquals(find(text, "ann", 1001), { subids: second, owned: [second] });
  assertEquals(find(text, "an", 1).subids, null);
});

Deno.test("subidsIn() advises the next range that nobody has", PURE, () => {
  const free = (text: string, map = ALL): string | undefined =>
    find(text, "ann", 7, map).lack?.hint;
  const echo = (start: number): string => `echo 'ann:${start}:65536' >> /etc/subuid, as root`;
  for (
    const [text, start] of [
      ["", 100000],
      ["some_user:100000:65536\n", 165536],
      ["b:165536:65536\na:100000:65536\n", 231072],
      ["a:231072:65536\nb:100000:1\n", 100001],
      ["a:1:99999\n", 100000],
      ["a:1:100000\n", 100001],
      ["a:150000:10\n", 150010],
      ["a:165536:10\n", 100000],
      ["a:165535:10\n", 165545],
      ["a:100000:65536\na:100000:65536\n#old:165536:65536\n", 231072],
      ["nonsense\na:100000:65536:more\n:165536:65536\n", 231072],
      ["a:100000:100\nb:50000:500000\n", 550000],
      ["containers:2147483647:2147483648\n", 100000],
    ] as const
  ) assertEquals(free(text), echo(start), text);
  // The last line may have no end yet.
  assertEquals(
    free("bob:100000:65536"),
    "(echo; echo 'ann:165536:65536') >> /etc/subuid, as root",
  );
  // Where there is none, none is given.
  assertEquals(find("a:100000:4294867295\n").lack, {
    message: 'no line matching user "ann" in /etc/subuid',
  });
  // In a user namespace only its ids count.
  assertEquals(free("", [{ inner: 0, outer: 100000, count: 65536 }]), undefined);
  assertEquals(free("", [{ inner: 0, outer: 5, count: 1000000 }]), echo(100000));
  assertEquals(find("", "root", 0).lack?.hint, "echo 'root:100000:65536' >> /etc/subuid");
});

Deno.test("subidsIn() names the user's line if it is no range, and no other's", PURE, () => {
  for (
    const line of [
      "ann",
      "ann:",
      "ann:1",
      "ann:1:",
      "ann::5",
      "ann:x:5",
      "ann:5:x",
      "ann:1.5:2",
      "ann:5:0",
      "ann:4294967290:10",
      "ann:5:99999999999999999999999",
    ]
  ) {
    const text = `bob:nonsense\neve:100000:65536\n${line}\nann:1:2\n`;
    assertEquals(find(text), {
      subids: null,
      lack: {
        message: "line 3 of /etc/subuid is not NAME:START:COUNT",
        hint: "sed -i '3s/.*/ann:165536:65536/' /etc/subuid, as root",
      },
    }, line);
    assertEquals(find(text, "eve", 7).subids, { start: 100000, count: 65536 });
  }
});

Deno.test("a file that cannot be read is not one without a line", PURE, () => {
  const ann = { name: "ann", uid: 1000 };
  assertEquals(unreadableSubids("/etc/subgid", "Permission denied", true, ann).lack, {
    message: "cannot read /etc/subgid: Permission denied",
    hint: "chmod a+r /etc/subgid, as root",
  });
  assertEquals(unreadableSubids("/etc/subgid", "Is a directory", false, ann).lack, {
    message: "cannot read /etc/subgid: Is a directory",
  });
  assertEquals(
    unreadableSubids("/etc/subgid", "Permission denied", true, { name: "root", uid: 0 }).lack?.hint,
    undefined,
  );
});
