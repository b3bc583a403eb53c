/** Failures name the cause and the remedy, and leave nothing behind. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { requires } from "../requires.ts";
import { withFrozen } from "../support/frozen.ts";
import { leavesNothing } from "../support/leftovers.ts";
import { NIDO, nido, quote, requiresRanges, run, shell } from "../support/nido.ts";
import { NOBODY, REFUSALS } from "./refusals.ts";

for (const refusal of REFUSALS) {
  const { about, script, as, says, why, remedy, needs, ranges, code } = refusal;
  const needed = { userNamespaces: true, ...needs, ...(as === "root" ? { root: true } : {}) };
  const options = ranges ? requiresRanges(needed) : requires(needed);
  Deno.test(`a refusal says its cause and remedy: ${about}`, options, async () => {
    const outcome = await leavesNothing((env) =>
      shell(script, [], { env, ...(as === "user" ? { as } : {}) })
    );
    const { stderr } = outcome;
    assertStringIncludes(stderr, says);
    const whys = stderr.match(/^ {2}why: {2}.*$/gm) ?? [];
    assertEquals(whys.length, 1, `there is one cause: ${stderr}`);
    assertMatch(whys[0]!, why);
    const remedies = stderr.match(/^ {2}try: {2}.*$/gm) ?? [];
    assertEquals(remedies.length, remedy ? 1 : 0, stderr);
    if (remedy) assertMatch(remedies[0]!, remedy);
    assertEquals(outcome.code, code ?? 1);
  });
}

/** A filter of seccomp(2) that refuses one system call with EPERM, and allows all others. */
function filterAgainst(syscall: number): Uint8Array {
  // struct sock_filter { u16 code; u8 jt, jf; u32 k; }
  const program: [code: number, jt: number, jf: number, k: number][] = [
    [0x20, 0, 0, 0], // A = seccomp_data.nr
    [0x15, 0, 1, syscall], // if A is it,
    [0x06, 0, 0, 0x0005_0001], // return SECCOMP_RET_ERRNO | EPERM
    [0x06, 0, 0, 0x7fff_0000], // return SECCOMP_RET_ALLOW
  ];
  const bytes = new DataView(new ArrayBuffer(8 * program.length));
  program.forEach(([code, jt, jf, k], i) => {
    bytes.setUint16(8 * i, code, true);
    bytes.setUint8(8 * i + 2, jt);
    bytes.setUint8(8 * i + 3, jf);
    bytes.setUint32(8 * i + 4, k, true);
  });
  return new Uint8Array(bytes.buffer);
}

const UNSHARE = { x86_64: 272, aarch64: 97 }[Deno.build.arch];

Deno.test(
  "a refusal says its cause and remedy: a seccomp filter",
  requires({ userNamespaces: true, programs: ["bwrap"] }),
  async () => {
    const file = Deno.makeTempFileSync({ prefix: "nido-filter-" });
    try {
      Deno.writeFileSync(file, filterAgainst(UNSHARE));
      Deno.chmodSync(file, 0o644);
      const bwrap = "bwrap --dev-bind / / --seccomp 9";
      const options = { as: "user" } as const;
      const { stderr } = await shell(`${bwrap} ${nido} unshare -Ur true 9<${file}`, [], options);
      assertMatch(stderr, /^unshare: unshare failed: Operation not permitted$/m);
      assertMatch(stderr, /^ {2}why: {2}a seccomp filter refuses unshare\(2\) here/m);
      assertMatch(stderr, /^ {2}try: {2}allow it outside/m);
      const free = await shell(`bwrap --dev-bind / / ${nido} unshare -Ur echo fine`, [], options);
      assertEquals(free.stdout, "fine\n", `it is the filter's doing: ${free.stderr}`);
    } finally {
      Deno.removeSync(file);
    }
  },
);

Deno.test(
  "a refusal says its cause and remedy: user namespaces nested too deep",
  requires({ userNamespaces: true }),
  () => {
    const deeper = "D=$((D + 1)); export D; echo $D; exec $IMAGE";
    const root = { euid: 0, egid: 0 };
    return withFrozen(["-Ur", "sh", "-c", deeper], async (image) => {
      Deno.chmodSync(image, 0o755);
      const env = { IMAGE: image, D: "0" };
      const { stdout, stderr, code } = await run([...NIDO, "unshare", "-Ur", image], { env });
      assertEquals(Number(stdout.trim().split("\n").at(-1)) >= 31, true, stdout);
      assertStringIncludes(stderr, "unshare: unshare failed: No space left on device");
      assertMatch(stderr, /^ {2}why: .*nested more than 32 deep; this is not about disk space$/m);
      assertEquals(code, 1);
    }, root);
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
    assertMatch(stderr, /^ {2}try: {2}echo '4242:100000:65536' >> \/etc\/subuid, as root$/m);
  },
);
