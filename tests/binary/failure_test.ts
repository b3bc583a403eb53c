/** Failures name the cause and the remedy, and leave nothing behind. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { requires } from "../requires.ts";
import { CLONE_NEWUTS } from "../../ffi/abi/sched.ts";
import { withFilter } from "../support/filter.ts";
import { withFrozen } from "../support/frozen.ts";
import { leavesNothing } from "../support/leftovers.ts";
import { NIDO, nido, quote, requiresRanges, run, shell } from "../support/nido.ts";
import { assertRefused } from "../support/refused.ts";
import { inChroot, NOBODY, REFUSALS } from "./refusals.ts";

for (const refusal of REFUSALS) {
  const { about, script, as, needs, ranges } = refusal;
  const needed = { userNamespaces: true, ...needs, ...(as === "root" ? { root: true } : {}) };
  const options = ranges ? requiresRanges(needed) : requires(needed);
  Deno.test(`a refusal says its cause and remedy: ${about}`, options, async () => {
    const outcome = await leavesNothing((env) =>
      shell(script, [], { env, ...(as === "user" ? { as } : {}) })
    );
    assertRefused(outcome, refusal);
  });
}

for (
  const [about, words, before] of [
    ["--propagation unchanged", "unshare -m --propagation unchanged true"],
    ["a bind mount of the root on itself", "unshare -m true", 'mount --rbind "$0" "$0"'],
  ] as const
) {
  Deno.test(
    `in a chroot mounts get a namespace by what is advised: ${about}`,
    requires({ root: true }),
    async () => {
      const { code, stderr } = await shell(inChroot(words, before));
      assertEquals([code, stderr], [0, ""]);
    },
  );
}

Deno.test(
  "a frozen launch says why it gets no mounts of its own in a chroot",
  requires({ root: true }),
  () =>
    withFrozen(["-m", "true"], async (path) => {
      const outcome = await shell(inChroot("", ":", path));
      assertRefused(outcome, {
        says: "unshare: cannot change root filesystem propagation: Invalid argument",
        why: /the root directory is that of a chroot/,
        remedy: /add --propagation unchanged/,
      });
    }),
);

for (const by of ["errno", "absent"] as const) {
  const [error, options] = by === "errno"
    ? ["Operation not permitted", ["--fork"]]
    : ["Function not implemented", ["-Urpf", "--mount-proc"]];
  Deno.test(
    `a refusal says its cause and remedy: a seccomp filter of clone, ${by}`,
    requires({ userNamespaces: true, front: true }),
    () =>
      withFilter(
        { syscall: "clone", by },
        [...NIDO, "unshare", ...options, "true"],
        async (path) =>
          assertRefused(await shell(path, [], { as: "user" }), {
            says: `unshare: fork failed: ${error}`,
            why: /a seccomp filter refuses clone\(2\) here/,
            remedy: /allow it outside: .*, or SystemCallFilter=@process$/,
          }),
      ),
  );
}

Deno.test(
  "a refusal says its cause and remedy: a seccomp filter",
  requires({ userNamespaces: true }),
  () =>
    withFilter({ syscall: "unshare" }, [...NIDO, "unshare", "-Ur", "true"], async (path) => {
      const { stderr } = await shell(path, [], { as: "user" });
      assertMatch(stderr, /^unshare: unshare failed: Operation not permitted$/m);
      assertMatch(stderr, /^ {2}why: {2}a seccomp filter refuses unshare\(2\) here/m);
      assertMatch(stderr, /^ {2}try: {2}allow it outside/m);
    }),
);

Deno.test(
  "a seccomp filter is not blamed for what it allows",
  requires({ userNamespaces: true }),
  () =>
    withFilter(
      { syscall: "unshare", bits: CLONE_NEWUTS },
      [...NIDO, "unshare", "--net", "true"],
      async (path) => {
        const { stderr } = await shell(path, [], { as: "user" });
        assertMatch(stderr, /^ {2}why: {2}net namespaces need CAP_SYS_ADMIN/m);
      },
    ),
);

Deno.test(
  "a refusal says its cause and remedy: user namespaces nested too deep",
  requires({ userNamespaces: true }),
  () => {
    const deeper = "D=$((D + 1)); export D; echo $D; exec $IMAGE";
    return withFrozen(["-Ur", "sh", "-c", deeper], async (image) => {
      Deno.chmodSync(image, 0o755);
      const env = { IMAGE: image, D: "0" };
      const { stdout, stderr, code } = await run([...NIDO, "unshare", "-Ur", image], { env });
      assertEquals(Number(stdout.trim().split("\n").at(-1)) >= 31, true, stdout);
      assertStringIncludes(stderr, "unshare: unshare failed: No space left on device");
      assertMatch(stderr, /^ {2}why: .*nested more than 32 deep; this is not about disk space$/m);
      assertEquals(code, 1);
    });
  },
);

Deno.test(
  "a refusal says its cause and remedy: a PID namespace whose first process has ended",
  requires({ userNamespaces: true }),
  () =>
    withFrozen(["--fork", "true"], async (image) => {
      const { stderr } = await run([
        "sh",
        "-c",
        `exec ${nido} unshare -Urp sh -c ${quote([`/bin/true; exec ${image}`])}`,
      ]);
      assertStringIncludes(stderr, "unshare: fork failed: Cannot allocate memory");
      assertMatch(stderr, /^ {2}why: {2}the first process of the PID namespace has ended/m);
      assertMatch(stderr, /^ {2}try: {2}create the PID namespace with --fork/m);
    }),
);

Deno.test(
  "ranges of a user who has none are refused before anything is done",
  requires({ root: true }),
  async () => {
    const { code, stderr } = await leavesNothing((env) =>
      shell(`${NOBODY} ${nido} unshare --map-auto true`, [], { env })
    );
    assertEquals(code, 1);
    assertMatch(stderr, /^unshare: no line matching user "4242" in \/etc\/subuid$/m);
    assertMatch(stderr, /^ {2}try: {2}echo '4242:\d+:65536' >> \/etc\/subuid, as root$/m);
  },
);
