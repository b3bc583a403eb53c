/** Programs on a terminal, driven as somebody does who looks and types. */

import { PATIENCE_MS } from "./patience.ts";

/** A program on a terminal of its own, which script(1) plays. */
export class Terminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #end: Promise<void>;
  #text = "";
  #seen = 0;
  #wake: () => void = () => {};
  #isOver = false;

  /** @param columns How wide it is: wide enough, lines are not wrapped. */
  constructor(
    command: string,
    { columns = 300, env = {} }: {
      readonly columns?: number;
      readonly env?: Readonly<Record<string, string>>;
    } = {},
  ) {
    this.#child = new Deno.Command("env", {
      args: ["-u", "NO_COLOR", "-u", "COLUMNS", "script", "-qfec"]
        .concat(`stty cols ${columns} rows 50; exec ${command}`, "/dev/null"),
      env: { LC_ALL: "C.UTF-8", TERM: "xterm", SHELL: "/bin/sh", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#end = this.#read();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child.stdout) {
      this.#text += decoder.decode(bytes, { stream: true });
      this.#wake();
    }
    this.#isOver = true;
    this.#wake();
  }

  /** All that came, without colours and other commands to the terminal. */
  get text(): string {
    // deno-lint-ignore no-control-regex -- they begin with one
    return this.#text.replace(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, "");
  }

  /** Waits until a text has come, behind what was waited for before. Gives what came before it. */
  async until(text: string): Promise<string> {
    const limit = Date.now() + PATIENCE_MS;
    for (;;) {
      const at = this.text.indexOf(text, this.#seen);
      if (at >= 0) {
        const before = this.text.slice(this.#seen, at);
        this.#seen = at + text.length;
        return before;
      }
      if (this.#isOver || Date.now() > limit) {
        const why = this.#isOver ? "the program has ended" : "it did not come in time";
        throw new Error(`No ${JSON.stringify(text)}, ${why}:\n${this.text.slice(-2000)}`);
      }
      const timer = setTimeout(() => this.#wake(), 1000);
      await new Promise<void>((go) => this.#wake = go);
      clearTimeout(timer);
    }
  }

  async type(keys: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(keys));
  }

  /** Waits for the program's end. */
  async end(): Promise<Deno.CommandStatus> {
    const status = await this.#child.status;
    await this.#end;
    return status;
  }

  /** Closes the terminal, as who closes its window. */
  close(): void {
    this.#child.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.close();
    } catch {
      // It has ended.
    }
    await this.end();
    await this.#writer.close().catch(() => {});
  }
}
