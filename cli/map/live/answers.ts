/** What the page of `nido map --live` is answered, and who is answered at all. */
import { page } from "./page.ts";

/** What is shown. */
export interface Sources {
  /** The map as SVG. */
  readonly map: () => string;
  readonly pid: (pid: number) => string;
  readonly who: (ns: number) => string;
  /** A stream of events, one for each change. */
  readonly changes: () => ReadableStream<Uint8Array>;
}

/** Nothing is kept, embedded or read by other pages, and the page gets nothing from elsewhere. */
const HEADERS = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

function policy(nonce: string): string {
  return `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'unsafe-inline'; ` +
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
}

/** Random letters and digits that nobody guesses. */
export function secret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether two texts are the same, in a time that does not tell how much of them is. */
function isSame(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let i = 0; i < one.length; i++) difference |= one.charCodeAt(i) ^ other.charCodeAt(i);
  return difference === 0;
}

/** A text, or why there is none: what was drawn may have gone. */
function textOr(text: () => string): string {
  try {
    return text();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Answers a request. @param host What the Host header has to be: another name may lead here, too. */
export function answer(request: Request, host: string, key: string, sources: Sources): Response {
  const nothing = new Response("not found\n", { status: 404, headers: HEADERS });
  // A URL with another host may be none.
  if (request.headers.get("host") !== host) return nothing;
  const { pathname } = new URL(request.url);
  const [, given = "", what, number, ...more] = pathname.split("/");
  if (!isSame(key, given)) return nothing;
  if (request.method !== "GET" || more.length > 0) return nothing;
  const send = (body: BodyInit, type: string, nonce = "none"): Response =>
    new Response(body, {
      headers: {
        ...HEADERS,
        "content-type": type,
        "content-security-policy": policy(nonce),
      },
    });
  const nonce = secret();
  const text = "text/plain; charset=utf-8";
  if (number !== undefined) {
    if (!/^\d{1,10}$/.test(number)) return nothing;
    const told = what === "pid" ? sources.pid : what === "who" ? sources.who : undefined;
    return told ? send(textOr(() => told(Number(number))), text) : nothing;
  }
  if (what === "") return send(page(nonce), "text/html; charset=utf-8", nonce);
  if (what === "map") return send(sources.map(), "image/svg+xml");
  if (what === "changes") return send(sources.changes(), "text/event-stream");
  return nothing;
}
