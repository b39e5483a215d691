// The server's program, with workers that a signal breaks: in place of a fault of the runtime's own.
// Its arguments are the server's.

globalThis.Worker = class extends Worker {
  constructor(specifier: string | URL, options?: WorkerOptions) {
    super(specifier, options);
    Deno.addSignalListener("SIGUSR1", () => {
      this.terminate();
      this.dispatchEvent(new ErrorEvent("error", { message: "out of memory", cancelable: true }));
    });
  }
};
await import("../../server.ts");
