import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { answer, type Sources } from "../../cli/map/live/answers.ts";
import { start } from "../inspect/start.ts";
import { requires } from "../requires.ts";
import { AS_USER, NIDO } from "../support/nido.ts";
import { until } from "../support/patience.ts";
import { skipFor } from "../support/skip.ts";
import { nido } from "./run_nido.ts";
import { hasChromium, openPage } from "./chromium.ts";

const SOURCES: Sources = {
  map: () => "<svg/>",
  pid: (pid) => `process ${pid}`,
  who: (ns) => `namespace ${ns}`,
  changes: () => new ReadableStream(),
};

/** Asks as a browser would. */
function ask(path: string, { host = "127.0.0.1:99", method = "GET" } = {}): Response {
  const request = new Request(`http://${host}${path}`, { method, headers: { host } });
  return answer(request, "127.0.0.1:99", "key", SOURCES);
}

Deno.test("nido map --live answers only who knows the secret, by its own address", async () => {
  for (const path of ["/key/", "/key/map", "/key/changes", "/key/pid/1", "/key/who/4026531840"]) {
    assertEquals(ask(path).status, 200, path);
    assertEquals(ask(path.replace("key", "kex")).status, 404);
    assertEquals(ask(path.replace("/key", "")).status, 404);
    // A name that a foreign server gives this machine's address.
    assertEquals(ask(path, { host: "evil.example:99" }).status, 404);
    assertEquals(ask(path, { host: "localhost:99" }).status, 404);
    assertEquals(ask(path, { method: "POST" }).status, 404);
  }
  for (
    const path of ["/key", "/key/x", "/key/pid/", "/key/pid/1x", "/key/pid/-1", "/key/pid/1/2"]
  ) {
    assertEquals(ask(path).status, 404, path);
  }
  assertEquals(await ask("/key/pid/12").text(), "process 12");
});

Deno.test("the page of nido map --live runs its own script alone, and asks nobody else", async () => {
  const response = ask("/key/");
  const policy = response.headers.get("content-security-policy")!;
  assertMatch(policy, /^default-src 'none'; script-src 'nonce-[0-9a-f]{48}'; /);
  assertStringIncludes(policy, "connect-src 'self'");
  const page = await response.text();
  assert(!/https?:|\/\/[a-z]|innerHTML|\bon[a-z]+=/i.test(page));
  assertStringIncludes(page, `<script nonce="${policy.match(/nonce-(\w+)/)![1]}">`);
});

Deno.test("nido map --live says what has gone meanwhile, and fails for nothing that is asked", async () => {
  const gone = {
    ...SOURCES,
    who: () => {
      throw new Error("no namespace 7");
    },
  };
  const headers = { host: "127.0.0.1:99" };
  const request = new Request("http://127.0.0.1:99/key/who/7", { headers });
  const response = answer(request, "127.0.0.1:99", "key", gone);
  assertEquals([response.status, await response.text()], [200, "no namespace 7"]);
});

Deno.test("nobody writes to the terminal of nido map --live by asking", requires({}), async () => {
  const { address, end, said } = await live([], "piped");
  const { hostname, port, pathname } = new URL(address);
  for (const [path, host] of [["/", "a b["], [`${pathname}who/0`, `${hostname}:${port}`]]) {
    const connection = await Deno.connect({ hostname, port: Number(port) });
    const asked = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    await connection.write(new TextEncoder().encode(asked));
    const answer = await new Response(connection.readable).text();
    assert(!answer.includes(" 500 "), answer);
  }
  assertEquals(await end(), 0);
  assertMatch(await said(), /^nido map: whoever has this address [^\n]*\n$/);
});

/** Starts nido map --live. */
async function live(under: readonly string[] = [], stderr: "null" | "piped" = "null") {
  const [program, ...args] = [...under, ...NIDO, "map", "--live", "--all"];
  const child = new Deno.Command(program!, { args, stdout: "piped", stderr }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  return {
    address: value!.trim(),
    /** What it has said on standard error. */
    said: () => new Response(child.stderr).text(),
    end: async () => {
      child.kill("SIGINT");
      const { code } = await child.status;
      await reader.cancel();
      return code;
    },
  };
}

for (const under of [[], AS_USER]) {
  const who = under.length > 0 ? "an ordinary user" : "the caller";
  Deno.test(`nido map --live serves ${who} until Ctrl-C`, requires({}), async () => {
    const { address, end } = await live(under);
    assertMatch(address, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{48}\/$/);
    const svg = await (await fetch(`${address}map`)).text();
    assertStringIncludes(svg, "data-pid=");
    const other = await fetch(new URL("/", address));
    assertEquals([other.status, await other.text()], [404, "not found\n"]);
    assertEquals(await end(), 0);
  });
}

Deno.test(
  "nido map --live gives a browser no secret that others read in its command line",
  requires({ programs: ["setpriv"] }),
  async () => {
    const folder = await Deno.makeTempDir();
    const opener = `${folder}/xdg-open`;
    try {
      await Deno.writeTextFile(
        opener,
        `#!/bin/sh\nstat -c %a "$1"; cat "$1"; echo "$@"\n`.replace(
          "\n",
          `\nexec >${folder}/new\ntrap 'mv ${folder}/new ${folder}/opened' EXIT\n`,
        ),
      );
      await Deno.chmod(opener, 0o755);
      if (Deno.uid() === 0) await Deno.chown(folder, 1000, 1000);
      const desktop = ["env", "DISPLAY=:0", `XDG_RUNTIME_DIR=${folder}`]
        .concat(`PATH=${folder}:${Deno.env.get("PATH")}`);
      const { address, end } = await live([...AS_USER, ...desktop]);
      let opened = "";
      await until("the browser's start", async () => {
        opened = await Deno.readTextFile(`${folder}/opened`).catch(() => "");
        return opened !== "";
      }, 50);
      assertEquals(await end(), 0);
      const [mode, file, words] = opened.split("\n");
      assertEquals(mode, "600");
      assertStringIncludes(file!, `url=${address}`);
      assertMatch(words!, /^\S+\/nido-map-\w+\.html$/);
      const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
      assertEquals(left, ["opened", "xdg-open"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("nido map --live goes with no other output", async () => {
  const { code, stderr } = await nido(["map", "--live", "--json"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "options --live and --json cannot be combined");
});

// Chromium takes more than all other packages of the tests together, and so is not among them.
const browser = skipFor(hasChromium() ? [] : [{ what: "chromium", forGood: true }]);

Deno.test(
  "in a browser the map is drawn again as it changes, and a click explains",
  browser,
  async () => {
    const { address, end } = await live();
    try {
      await using page = await openPage(address);
      const has = (selector: string) => page.until(`!!document.querySelector('${selector}')`);
      await has("#map svg [data-pid]");
      const pictures = Deno.env.get("PICTURES");
      // A name that would be markup.
      const name = '<b>&"x';
      const script = `printf '%s' '${name}' >/proc/self/comm; echo ready; read x`;
      {
        await using started = await start(["bash", "-c", script]);
        await has(`[data-pid="${started.pid}"]`);
        assertEquals(await page.evaluate("document.querySelectorAll('b').length"), 0);
        if (pictures) await page.picture(`${pictures}/map.png`);
        const click = (what: string) =>
          page.evaluate(
            `document.querySelector('${what}').dispatchEvent(new MouseEvent("click", { bubbles: true }))`,
          );
        await click(`[data-pid="${started.pid}"]`);
        await page.until(`document.querySelector("pre").textContent.includes("PIDs ")`);
        const said = await page.evaluate(`document.querySelector("pre").textContent`);
        assertStringIncludes(String(said), `process       ${started.pid} `);
        for (const [look, width] of [["light", 1300], ["dark", 1300], ["light", 420]] as const) {
          await page.look(look, width);
          if (pictures) await page.picture(`${pictures}/${look}-${width}.png`);
        }
        await click("[data-ns]");
        await page.until(`document.querySelector("pre").textContent.startsWith("user:[")`);
        const gone = started.pid;
        await started[Symbol.asyncDispose]();
        await page.until(`!document.querySelector('[data-pid="${gone}"]')`);
      }
      assertEquals(await end(), 0);
      await page.until(`!document.querySelector("#ended").hidden`);
    } catch (error) {
      await end().catch(() => {});
      throw error;
    }
  },
);
