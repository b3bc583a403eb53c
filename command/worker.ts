/** Whether this is a worker: what it leaves open when it ends stays open, and nothing tells of its end. */
export const isWorker: boolean = "WorkerGlobalScope" in globalThis;
