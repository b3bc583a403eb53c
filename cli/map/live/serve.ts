/** `nido map --live`: the map as a page that this machine alone reaches. */
import { watch } from "../../../inspect/watch/watch.ts";
import { effectiveUser } from "../../../launch/run/facts.ts";
import { variable } from "../../environment.ts";
import { write } from "../../output.ts";
import { pidText } from "../../pid.ts";
import { say } from "../../say.ts";
import { whoText } from "../../who.ts";
import { gather } from "../facts.ts";
import { mapOf } from "../model.ts";
import { mapSvg } from "../svg.ts";
import { answer, secret, type Sources } from "./answers.ts";

/** Milliseconds between two drawings, at least. */
const PAUSE = 300;

/** The pages that are open, which are told of changes. */
class Pages {
  readonly #open = new Set<ReadableStreamDefaultController<Uint8Array>>();

  add(): ReadableStream<Uint8Array> {
    let page: ReadableStreamDefaultController<Uint8Array>;
    return new ReadableStream({
      start: (controller) => {
        page = controller;
        this.#open.add(page);
        page.enqueue(new TextEncoder().encode(":\n\n"));
      },
      cancel: () => {
        this.#open.delete(page);
      },
    });
  }

  tell(): void {
    for (const page of this.#open) page.enqueue(new TextEncoder().encode("data:\n\n"));
  }
}

function picture(most: number): string {
  const { facts, unseen } = gather();
  return mapSvg(mapOf(facts), { host: Deno.hostname(), most, unseen, live: true });
}

/**
 * Opens the address in the browser of a desktop. Command lines can be read by all users: the secret goes through
 * a file that only the caller reads.
 */
function open(address: string): void {
  const folder = variable("XDG_RUNTIME_DIR");
  const desktop = variable("DISPLAY") || variable("WAYLAND_DISPLAY");
  if (!desktop || !folder || effectiveUser() === 0) return;
  try {
    const path = Deno.makeTempFileSync({ dir: folder, prefix: "nido-map-", suffix: ".html" });
    Deno.writeTextFileSync(path, `<meta http-equiv="refresh" content="0;url=${address}">\n`);
    globalThis.addEventListener("unload", () => Deno.removeSync(path));
    new Deno.Command("xdg-open", { args: [path], stdin: "null", stdout: "null", stderr: "null" })
      .spawn().unref();
  } catch {
    // The address has been printed.
  }
}

/** What goes wrong is of who asks, and nobody writes to this terminal by asking. */
const onError = (): Response => new Response("not found\n", { status: 404 });

/** Serves the page until it is interrupted. @param most How many processes of a cell are named. */
export async function serve(most: number): Promise<number> {
  const pages = new Pages();
  const key = secret();
  const sources: Sources = {
    map: () => picture(most),
    pid: pidText,
    who: whoText,
    changes: () => pages.add(),
  };
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  let host = "";
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, onError },
    (request) => answer(request, host, key, sources),
  );
  host = `127.0.0.1:${server.addr.port}`;
  const address = `http://${host}/${key}/`;
  write(`${address}\n`);
  say("nido map: whoever has this address sees what you may see; Ctrl-C ends it");
  open(address);
  let timer: ReturnType<typeof setTimeout> | undefined;
  for await (const _ of watch({ signal: stop.signal })) {
    timer ??= setTimeout(() => {
      timer = undefined;
      pages.tell();
    }, PAUSE);
  }
  return 0;
}
