/** What a signal from outside does to a tool that has something to put away. */

const STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Has a signal end this process, with the status that shells give it, when all is put away. */
export function atSignal(putAway: (signal: keyof typeof STATUS) => void): void {
  for (const signal of Object.keys(STATUS) as (keyof typeof STATUS)[]) {
    Deno.addSignalListener(signal, () => {
      try {
        putAway(signal);
      } finally {
        Deno.exit(STATUS[signal]);
      }
    });
  }
}
