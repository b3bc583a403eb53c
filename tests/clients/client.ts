/** Programs that start bwrap: they are to do the same with nido in its place, as an ordinary user. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { lacksOf, type Needs } from "../requires.ts";
import { BWRAPS } from "../support/bwraps.ts";
import { run, USER_ID } from "../support/nido.ts";
import { type Lack, skipFor } from "../support/skip.ts";

const BWRAP = "/usr/bin/bwrap";
const PATH = "/usr/local/bin:/usr/bin:/bin";

/** Runs a script as the user, in a mount namespace where `$1` is what `bwrap` is. */
const WITH_BWRAP = `mount --bind "$1" ${BWRAP} && cd "$HOME" && exec setpriv --reuid=${USER_ID} ` +
  `--regid=${USER_ID} --clear-groups bash -c "$2"`;

/** What came out, in one stream. */
interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** A client. */
export interface Client {
  readonly name: string;
  /** What it needs beside bubblewrap. */
  readonly needs: Needs;
  /** What else is missing. */
  readonly lacks?: readonly Lack[];
  /** Uses it, in an empty HOME of the ordinary user. What it prints is the same each time. */
  readonly script: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function outcomeWith(bwrap: string, { script, env }: Client): Promise<Outcome> {
  const home = "/tmp/home";
  for (const folder of [home, `${home}/tmp`]) {
    Deno.mkdirSync(folder);
    Deno.chownSync(folder, USER_ID, USER_ID);
  }
  try {
    const words = ["unshare", "--mount", "--propagation=private", "sh", "-c", WITH_BWRAP, "sh"];
    const all = { HOME: home, TMPDIR: `${home}/tmp`, PATH, LC_ALL: "C.UTF-8", ...env };
    const variables = Object.entries(all).map(([name, value]) => `${name}=${value}`);
    const { code, stdout, stderr } = await run(
      ["env", "-i", ...variables, ...words, bwrap, `exec 2>&1; ${script}`],
    );
    assertEquals(stderr, "");
    return { code, output: stdout };
  } finally {
    Deno.removeSync(home, { recursive: true });
  }
}

/** Registers a test of a client for each program that nido is by the name `bwrap`. */
export function testClient(client: Client): void {
  const programs = ["setpriv", "unshare", BWRAP, ...client.needs.programs ?? []];
  const needs = { ...client.needs, programs, root: true, userNamespaces: true };
  const skip = skipFor([...lacksOf(needs), ...client.lacks ?? []]);
  let expected: Promise<Outcome> | undefined;

  for (const { kind, put } of BWRAPS) {
    Deno.test(`${client.name} does with ${kind} what it does with bubblewrap`, skip, async () => {
      const folder = Deno.makeTempDirSync({ prefix: "nido-client-" });
      Deno.chmodSync(folder, 0o755);
      try {
        expected ??= outcomeWith(BWRAP, client);
        const want = await expected;
        assertEquals(await outcomeWith(Deno.realPathSync(put(folder)), client), want);
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    });
  }

  Deno.test(`${client.name} does something else without bubblewrap`, skip, async () => {
    expected ??= outcomeWith(BWRAP, client);
    const { code, output } = await expected;
    assertEquals(code, 0, output);
    assert(output !== "");
    assertNotEquals((await outcomeWith("/bin/false", client)).output, output);
  });
}
